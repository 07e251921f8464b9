#include "worker/bench/contest.hpp"

#include "worker/bench/drainer_team.hpp"
#include "worker/bench/interrupt.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>

namespace leasehold::bench {

namespace {

using namespace std::chrono_literals;

/// Numbers from 0 up, shared by all drainers.
struct heap {
    std::atomic<std::int64_t> next{0};
    std::int64_t size{0};
    bool endless{false};  ///< says that there is more than it gives
    bool forgets{false};  ///< loses one item
};

class counting_drainer final : public drainer {
public:
    explicit counting_drainer(heap& from) : from_(from) {}

    turn take(work_log& log) override {
        const auto number = from_.next++;
        if (number >= from_.size) {
            --from_.next;
            return turn::empty;
        }
        log.handled(numbered_id(number));
        if (!from_.forgets || number > 0) {
            log.completed(1);
        }
        return number % 10 == 3 ? turn::aborted : number % 10 == 4 ? turn::refused : turn::worked;
    }
    bool any_left() override { return from_.endless; }

private:
    heap& from_;
};

class counter final : public contender {
public:
    explicit counter(std::string name, std::vector<std::string>* order = nullptr)
        : name_(std::move(name)), order_(order) {}

    std::string name() const override { return name_; }
    bool takes_batches() const override { return batches; }
    void prepare(const extent& size) override {
        if (order_ != nullptr) {
            order_->push_back(name_);
        }
        items.size = size.items;
        items.next = 0;
    }
    std::unique_ptr<team> line_up(const extent& size, tally& book) override {
        return std::make_unique<drainer_team>(
            size.workers,
            [this](int worker) -> std::unique_ptr<drainer> {
                if (worker == fails) {
                    throw std::runtime_error("worker without a seat");
                }
                return std::make_unique<counting_drainer>(items);
            },
            book);
    }
    std::int64_t left() override { return items.size - items.next; }

    heap items{};
    bool batches{true};
    int fails{-1};

private:
    std::string name_;
    std::vector<std::string>* order_;
};

meter_reading nothing_metered() { return {}; }

std::vector<cell_result> hold(contender& who, const extent& size,
                              const contest_options& options = {.rounds = 1},
                              const std::stop_token& asked = {}) {
    return hold_contest({{.who = &who, .size = size}}, options, nothing_metered, asked);
}

}  // namespace

TEST(BenchContest, AllWorkersTogetherDoEachItemOnce) {
    counter who{"counter"};
    const auto results = hold(who, {.items = 1'000, .workers = 4}, {.rounds = 2});
    ASSERT_EQ(results.size(), 1U);
    ASSERT_EQ(results[0].rounds.size(), 2U);
    for (const auto& round : results[0].rounds) {
        EXPECT_EQ(round.completed, 1'000);
        EXPECT_EQ(round.duplicates, 0);
        EXPECT_EQ(round.aborts, 100);
        EXPECT_EQ(round.misses, 100);
        EXPECT_FALSE(round.cut);
        EXPECT_GT(round.items_per_s, 0);
    }
}

TEST(BenchContest, ARoundThatDoesNotEndIsCutAtItsLimit) {
    counter who{"counter"};
    who.items.endless = true;
    const auto results =
        hold(who, {.items = 10, .workers = 2}, {.rounds = 1, .longest = milliseconds{30}});
    const auto& round = results[0].rounds.at(0);
    EXPECT_TRUE(round.cut);
    EXPECT_EQ(round.completed, 10);
    EXPECT_GE(round.seconds, 0.03);
    EXPECT_GT(round.misses, 0);
}

TEST(BenchContest, ItemsThatAreNeitherDoneNorThereAreAFault) {
    counter who{"counter"};
    who.items.forgets = true;
    EXPECT_THROW(hold(who, {.items = 10}), std::runtime_error);
}

TEST(BenchContest, AWorkerThatCannotBeginEndsTheRun) {
    counter who{"counter"};
    who.fails = 1;
    EXPECT_THROW(hold(who, {.items = 10, .workers = 3}), std::runtime_error);
}

TEST(BenchContest, ItEndsWhenAskedTo) {
    counter who{"counter"};
    who.items.endless = true;
    std::stop_source source;
    contest_options options{.rounds = 1, .longest = std::chrono::seconds{30}};
    std::jthread asks{[&] {
        while (who.items.next < 10) {
            std::this_thread::yield();
        }
        source.request_stop();
    }};
    EXPECT_THROW(hold(who, {.items = 10}, options, source.get_token()), interrupted);
}

TEST(BenchContest, EachRoundBeginsWithAnother) {
    std::vector<std::string> order;
    counter a{"a", &order};
    counter b{"b", &order};
    hold_contest({{.who = &a, .size = {.items = 1}}, {.who = &b, .size = {.items = 1}}},
                 {.rounds = 2}, nothing_metered, {});
    EXPECT_EQ(order, (std::vector<std::string>{"a", "b", "b", "a"}));
}

TEST(BenchContest, ARoundHasEveryCellOnce) {
    for (int round = 0; round < 5; ++round) {
        const auto order = order_of(7, round, 5);
        EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), 7U);
    }
    EXPECT_EQ(order_of(7, 0, 5).front(), 0U);
    EXPECT_NE(order_of(7, 1, 5).front(), 0U);
}

TEST(BenchContest, WhoTakesOneAtATimeIsMeasuredAtBatchOneOnly) {
    std::vector<std::unique_ptr<contender>> who;
    who.push_back(std::make_unique<counter>("many"));
    auto one = std::make_unique<counter>("one");
    one->batches = false;
    who.push_back(std::move(one));
    const auto cells = cells_of(who, 9, {10, 100}, {1, 4});
    ASSERT_EQ(cells.size(), 6U);
    EXPECT_EQ(cells[1].size.workers, 4);
    EXPECT_EQ(cells[2].size.batch, 100);
    EXPECT_EQ(cells[4].who->name(), "one");
    EXPECT_EQ(cells[4].size.batch, 1);
}

}  // namespace leasehold::bench
