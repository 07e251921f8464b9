// What Leasehold is measured beside: a pool of workers as many services have one. Each slot is a
// loop that listens, claims with SKIP LOCKED, works, and deletes.

#include "tests/bench/bench_worker.hpp"

#include <pqxx/pqxx>

#include <atomic>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace leasehold::bench {

namespace {

struct claimed_job {
    std::int64_t id{0};
    job what{};
};

class slot : pqxx::notification_receiver {
public:
    slot(pqxx::connection& on, const worker_spec& spec, const ledger& book)
        : notification_receiver(on, "bench_jobs"), on_(on), spec_(spec), book_(book) {
        on_.prepare("claim",
                    "UPDATE bench_jobs SET ready = false, taken_at = clock_timestamp() "
                    "WHERE id IN (SELECT id FROM bench_jobs WHERE ready "
                    "FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id, payload");
        on_.prepare("complete", "DELETE FROM bench_jobs WHERE id = $1");
    }

    void operator()(const std::string&, int) override { told_ = true; }

    void run(const std::atomic<bool>& ends) {
        while (!ends) {
            told_ = false;
            if (const auto one = claim()) {
                work_off(book_, spec_.seat, one->what, 0);
                complete(one->id);
            } else if (!told_) {
                wait(ends);
            }
        }
    }

private:
    std::optional<claimed_job> claim() {
        pqxx::nontransaction tx{on_};
        const auto rows = tx.exec_prepared("claim");
        if (rows.size() > 1) {
            throw std::runtime_error("one claim took several jobs");
        }
        if (rows.empty()) {
            return {};
        }
        return claimed_job{rows[0][0].as<std::int64_t>(), job_of(rows[0][1].as<std::string>())};
    }

    void complete(std::int64_t id) {
        pqxx::nontransaction tx{on_};
        if (tx.exec_prepared("complete", id).affected_rows() != 1) {
            throw std::runtime_error("a job was gone when it was done");
        }
    }

    /// For a notification, or until the next poll. In pieces, so that the end is seen.
    void wait(const std::atomic<bool>& ends) {
        constexpr milliseconds piece{50};
        for (auto left = spec_.poll; left.count() > 0 && !told_ && !ends; left -= piece) {
            const auto us = std::chrono::microseconds{std::min(left, piece)}.count();
            on_.await_notification(0, static_cast<long>(us));
        }
    }

    pqxx::connection& on_;
    const worker_spec& spec_;
    const ledger& book_;
    bool told_{false};
};

/// Makes jobs free again whose worker has not ended them within the ttl.
class rescuer {
public:
    explicit rescuer(const worker_spec& spec)
        : on_(spec.dsn), ttl_(std::to_string(spec.ttl.count()) + " ms") {}

    void look() {
        pqxx::nontransaction tx{on_};
        tx.exec_params(
            "UPDATE bench_jobs SET ready = true WHERE id IN (SELECT id FROM bench_jobs "
            "WHERE NOT ready AND taken_at < clock_timestamp() - $1::interval "
            "FOR UPDATE SKIP LOCKED)",
            ttl_);
    }

private:
    pqxx::connection on_;
    std::string ttl_;
};

}  // namespace

int run_skip_locked(const worker_spec& spec, const ledger& book) {
    std::atomic<bool> ends{false};
    std::atomic<bool> failed{false};
    std::atomic<int> connected{0};
    const auto work = [&] {
        try {
            pqxx::connection on{spec.dsn};
            slot one{on, spec, book};
            if (++connected == spec.slots) {
                book.seat(spec.seat).ready = now_ns();
            }
            one.run(ends);
        } catch (const std::exception& error) {
            std::cerr << "slot: " << error.what() << std::endl;
            failed = true;
        }
    };
    std::optional<rescuer> rescue;
    if (spec.rescue) {
        rescue.emplace(spec);
    }
    std::vector<std::jthread> slots;
    for (int i = 0; i < spec.slots; ++i) {
        slots.emplace_back(work);
    }
    wait_for_end([&] {
        if (rescue) {
            rescue->look();
        }
        return !failed;
    });
    ends = true;
    slots.clear();
    return failed ? 1 : 0;
}

}  // namespace leasehold::bench
