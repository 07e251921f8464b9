#include "worker/bench/held_snapshot.hpp"

#include "worker/bench/plain_store.hpp"

#include <utility>

namespace leasehold::bench {

namespace {

class held_snapshot final : public contender {
public:
    held_snapshot(ground& place, std::unique_ptr<contender> who)
        : who_(std::move(who)), reader_(place.where()) {}

    std::string name() const override { return who_->name(); }
    bool takes_batches() const override { return who_->takes_batches(); }

    void prepare(const extent& size) override {
        reader_.roll_back();
        who_->prepare(size);
    }

    std::unique_ptr<team> line_up(const extent& size, tally& book) override {
        reader_.begin(plain_isolation::repeatable_read);
        reader_.run_text("SELECT count(*) FROM pg_class");  // its snapshot is of now
        return who_->line_up(size, book);
    }

    std::int64_t left() override {
        reader_.roll_back();
        return who_->left();
    }

    int connections(int workers) const override { return who_->connections(workers) + 1; }

private:
    std::unique_ptr<contender> who_;
    plain_connection reader_;
};

}  // namespace

std::unique_ptr<contender> under_held_snapshot(ground& place, std::unique_ptr<contender> who) {
    return std::make_unique<held_snapshot>(place, std::move(who));
}

}  // namespace leasehold::bench
