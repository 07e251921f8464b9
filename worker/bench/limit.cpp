#include "worker/bench/limit.hpp"

#include "sql/sql_failure.hpp"
#include "worker/bench/drainer_team.hpp"
#include "worker/bench/interrupt.hpp"
#include "worker/bench/limit_store.hpp"
#include "worker/bench/plain_store.hpp"

#include <algorithm>
#include <stdexcept>

namespace leasehold::bench {

namespace {

class limit_drainer final : public drainer {
public:
    limit_drainer(const dsn& where, int worker, int batch) : on_(where) {
        const auto number = std::to_string(worker);
        const auto table = "leasehold_bench.limit_" + number;
        // Goes on behind the last one: what was deleted is not looked at again.
        on_.prepare("read", "SELECT id, payload FROM " + table +
                                " WHERE id > $1::uuid ORDER BY id LIMIT " + std::to_string(batch));
        on_.prepare("delete",
                    "WITH held AS MATERIALIZED (SELECT FROM leasehold_bench.limit_holder"
                    "   WHERE worker = " +
                        number +
                        " FOR KEY SHARE)"
                        " DELETE FROM " +
                        table + " WHERE EXISTS (SELECT FROM held) AND id = ANY ($1::uuid[])");
    }

    turn take(work_log& log) override {
        const auto ids = on_.run("read", {last_}).first_column;
        if (ids.empty()) {
            return turn::empty;
        }
        last_ = ids.back();
        for (const auto& id : ids) {
            log.handled({uuid_from(id).value()});
        }
        log.completed(on_.run("delete", {sql_array(ids)}).changed);
        return turn::worked;
    }

    bool any_left() override { return false; }  // nobody else takes from here

private:
    plain_connection on_;
    std::string last_{"00000000-0000-0000-0000-000000000000"};
};

class limit_contender final : public contender {
public:
    limit_contender(ground& place, int payload_bytes)
        : place_(place), payload_bytes_(payload_bytes) {}

    std::string name() const override { return "limit"; }

    void prepare(const extent& size) override {
        place_.run([&](transaction& tx) {
            make_limit(tx, size.workers);
            made_ = std::max(made_, size.workers);
            empty_limit(tx, made_);
        });
        constexpr std::int64_t chunk = 20'000;  // between looks whether to go on
        for (int worker = 0; worker < size.workers; ++worker) {
            for (auto wanted = share(size, worker); wanted > 0; wanted -= chunk) {
                check(place_.asked());
                place_.run([&](transaction& tx) {
                    fill_limit(tx, worker, std::min(wanted, chunk), payload_bytes_);
                });
            }
        }
        place_.run([&](transaction& tx) { analyze_limit(tx, made_); });
    }

    std::unique_ptr<team> line_up(const extent& size, tally& book) override {
        return std::make_unique<drainer_team>(
            size.workers,
            [this, size](int worker) {
                return std::make_unique<limit_drainer>(place_.where(), worker, size.batch);
            },
            book);
    }

    std::int64_t left() override {
        return place_.run([](transaction& tx) { return limit_left(tx); });
    }

private:
    static std::int64_t share(const extent& size, int worker) {
        return size.items * (worker + 1) / size.workers - size.items * worker / size.workers;
    }

    ground& place_;
    int payload_bytes_;
    int made_{0};
};

}  // namespace

std::unique_ptr<contender> make_limit_contender(ground& place, int payload_bytes) {
    return std::make_unique<limit_contender>(place, payload_bytes);
}

}  // namespace leasehold::bench
