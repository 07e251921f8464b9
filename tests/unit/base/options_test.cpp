#include <leasehold/options.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>

namespace leasehold {
namespace {

using namespace std::chrono_literals;

std::string refusal(const std::function<void(worker_options&)>& change) {
    worker_options options;
    change(options);
    try {
        validated(options);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

TEST(Options, DefaultsAreValid) { EXPECT_NO_THROW(validated(worker_options{})); }

TEST(Options, EveryRangeIsRefusedJustOutsideAndTakenJustInside) {
    EXPECT_EQ(refusal([](auto& o) { o.session = {.ttl = 1000ms, .margin = 500ms}; }), "");
    EXPECT_NE(refusal([](auto& o) { o.session = {.ttl = 999ms, .margin = 400ms}; }), "");
    EXPECT_EQ(refusal([](auto& o) { o.session.ttl = 5min; }), "");
    EXPECT_NE(refusal([](auto& o) { o.session.ttl = 5min + 1ms; }), "");
    EXPECT_EQ(refusal([](auto& o) { o.session.margin = o.session.ttl / 2; }), "");
    EXPECT_NE(refusal([](auto& o) { o.session.margin = o.session.ttl / 2 + 1ms; }), "");
    EXPECT_NE(refusal([](auto& o) { o.session.margin = 199ms; }), "");
    EXPECT_NE(refusal([](auto& o) { o.session.weight = 0; }), "");
    EXPECT_NE(refusal([](auto& o) { o.session.name.assign(201, 'x'); }), "");
    EXPECT_EQ(refusal([](auto& o) { o.work.slots = 1024; }), "");
    EXPECT_NE(refusal([](auto& o) { o.work.slots = 1025; }), "");
    EXPECT_NE(refusal([](auto& o) { o.work.slots = 0; }), "");
    EXPECT_NE(refusal([](auto& o) { o.work.claims_max = 10'001; }), "");
    EXPECT_NE(refusal([](auto& o) { o.work.poll = 9ms; }), "");
    EXPECT_NE(refusal([](auto& o) { o.work.drain = -1ms; }), "");
    EXPECT_NE(refusal([](auto& o) { o.leases.settle = o.leases.watch + 1ms; }), "");
    EXPECT_NE(refusal([](auto& o) { o.leases.watch = 49ms; }), "");
    EXPECT_EQ(refusal([](auto& o) { o.leases.weigh = 100ms; }), "");
    EXPECT_NE(refusal([](auto& o) { o.leases.weigh = 99ms; }), "");
    EXPECT_NE(refusal([](auto& o) { o.leases.weigh = 1min + 1ms; }), "");
}

TEST(Options, ARefusalNamesTheMemberItsValueAndItsRange) {
    const auto text = refusal([](auto& o) { o.work.slots = -7; });
    EXPECT_NE(text.find("slots"), std::string::npos);
    EXPECT_NE(text.find("-7"), std::string::npos);
    EXPECT_NE(text.find("1 to 1024"), std::string::npos);
}

}  // namespace
}  // namespace leasehold
