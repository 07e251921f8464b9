#include "worker/observed_handler.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace leasehold {
namespace {

class heard final : public work_events {
public:
    void handler_started(const claim& one) override {
        words.push_back("started " + std::to_string(one.fence.value));
    }
    void handler_ended(const claim&, const outcome* wish) override {
        words.push_back(wish == nullptr                       ? "threw"
                        : std::holds_alternative<bury>(*wish) ? "bury"
                                                              : "other");
    }
    std::vector<std::string> words;
};

using words = std::vector<std::string>;
const claim held{.fence = {4}};

TEST(ObservedHandler, TellsStartAndOutcome) {
    heard events;
    const auto work = observed(
        external_handler{[](const claim&, std::stop_token) -> outcome { return bury{"no"}; }},
        events);
    const auto wish = std::get<external_handler>(work)(held, std::stop_token{});
    EXPECT_EQ(std::get<bury>(wish).error, "no");
    EXPECT_EQ(events.words, (words{"started 4", "bury"}));
}

TEST(ObservedHandler, TellsOfAnExceptionAndLetsItThrough) {
    heard events;
    const auto work =
        observed(recording_handler{[](const claim&, std::stop_token) -> recorded_outcome {
                     throw std::runtime_error("broken");
                 }},
                 events);
    EXPECT_THROW(std::get<recording_handler>(work)(held, std::stop_token{}), std::runtime_error);
    EXPECT_EQ(events.words, (words{"started 4", "threw"}));
}

TEST(ObservedHandler, KeepsTheStopTokenAndTheRecord) {
    heard events;
    bool recorded = false;
    const auto work =
        observed(recording_handler{[&](const claim&, std::stop_token stop) {
                     return recorded_outcome{
                         .wish = stop.stop_requested() ? outcome{bury{""}} : outcome{complete{}},
                         .record = [&](pqxx::transaction_base&) { recorded = true; }};
                 }},
                 events);
    std::stop_source stop;
    stop.request_stop();
    auto made = std::get<recording_handler>(work)(held, stop.get_token());
    EXPECT_TRUE(std::holds_alternative<bury>(made.wish));
    EXPECT_TRUE(static_cast<bool>(made.record));
    EXPECT_FALSE(recorded);
}

}  // namespace
}  // namespace leasehold
