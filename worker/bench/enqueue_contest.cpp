#include "worker/bench/enqueue_contest.hpp"

#include "worker/bench/drainer_team.hpp"
#include "worker/bench/jobs_store.hpp"
#include "worker/bench/own_queue.hpp"
#include "worker/bench/plain_store.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <stdexcept>

namespace leasehold::bench {

namespace {

/// How many items are still to be put in, by all producers together.
class supply {
public:
    void set(std::int64_t items) { left_ = items; }
    bool is_out() const { return left_ <= 0; }
    /// A batch, or what is left of one.
    std::int64_t take(std::int64_t batch) {
        const auto before = left_.fetch_sub(batch);
        return std::clamp<std::int64_t>(before, 0, batch);
    }

private:
    std::atomic<std::int64_t> left_{0};
};

std::string payload_of(int bytes) {
    return R"({"n": 1, "pad": ")" +
           std::string(static_cast<std::size_t>(std::max(bytes - 20, 0)), 'x') + R"("})";
}

/// A drainer of the supply: a batch a turn, in the way of a subclass.
class producer : public drainer {
public:
    producer(supply& from, int batch) : from_(from), batch_(batch) {}

    turn take(work_log& log) final {
        const auto count = from_.take(batch_);
        if (count == 0) {
            return turn::empty;
        }
        put(count);
        log.completed(count);
        return turn::worked;
    }
    bool any_left() final { return !from_.is_out(); }

protected:
    virtual void put(std::int64_t count) = 0;

private:
    supply& from_;
    std::int64_t batch_;
};

class library_producer final : public producer {
public:
    library_producer(supply& from, int batch, const dsn& where, queue_info queue, int payload_bytes)
        : producer(from, batch),
          on_(where),
          queue_(std::move(queue)),
          items_(static_cast<std::size_t>(batch), new_item{.payload = payload_of(payload_bytes)}) {}

private:
    void put(std::int64_t count) override {
        on_.enqueue(queue_, std::span{items_}.first(static_cast<std::size_t>(count)));
    }

    plain_connection on_;
    queue_info queue_;
    std::vector<new_item> items_;
};

/// One prepared statement that makes $2 items of payload $1.
class statement_producer final : public producer {
public:
    statement_producer(supply& from, int batch, const dsn& where, const std::string& statement,
                       int payload_bytes)
        : producer(from, batch), on_(where), payload_(payload_of(payload_bytes)) {
        on_.prepare("put", statement);
    }

private:
    void put(std::int64_t count) override { on_.run("put", {payload_, std::to_string(count)}); }

    plain_connection on_;
    std::string payload_;
};

enum class way { library, sql, plain };

class enqueuer final : public contender {
public:
    enqueuer(std::string name, way how, ground& place, int parts, int payload_bytes)
        : name_(std::move(name)), how_(how), place_(place), payload_bytes_(payload_bytes) {
        if (how_ != way::plain) {
            queue_.emplace(place, how_ == way::sql ? "leasehold_bench_sql" : "leasehold_bench_put",
                           parts);
        }
    }

    std::string name() const override { return name_; }

    void prepare(const extent& size) override {
        wanted_ = size.items;
        supply_.set(size.items);
        if (queue_) {
            queue_->fill(0, 0);
            return;
        }
        place_.run([](transaction& tx) {
            if (!has_jobs(tx)) {
                make_jobs(tx);
            }
            empty_jobs(tx);
        });
    }

    std::unique_ptr<team> line_up(const extent& size, tally& book) override {
        return std::make_unique<drainer_team>(
            size.workers, [this, size](int /*worker*/) { return make(size.batch); }, book);
    }

    std::int64_t left() override {
        const auto there =
            queue_ ? queue_->left() : place_.run([](transaction& tx) { return jobs_left(tx); });
        return wanted_ - there;
    }

private:
    std::unique_ptr<drainer> make(int batch) {
        const auto& where = place_.where();
        if (how_ == way::library) {
            return std::make_unique<library_producer>(supply_, batch, where, queue_->info(),
                                                      payload_bytes_);
        }
        const auto many = " FROM generate_series(1, $2::int8)";
        const auto statement =
            queue_
                ? "SELECT leasehold.enqueue('" + queue_->info().name + "', $1::jsonb)" + many
                : "INSERT INTO leasehold_bench.jobs (payload) SELECT $1::jsonb" + std::string{many};
        return std::make_unique<statement_producer>(supply_, batch, where, statement,
                                                    payload_bytes_);
    }

    std::string name_;
    way how_;
    ground& place_;
    int payload_bytes_;
    std::optional<own_queue> queue_{};
    supply supply_{};
    std::int64_t wanted_{0};
};

}  // namespace

const std::vector<enqueue_way>& enqueue_ways() {
    static const std::vector<enqueue_way> all{
        {"leasehold", "leasehold::enqueue() of the library, a batch a call"},
        {"leasehold-sql", "SELECT leasehold.enqueue(...), once for each item of a batch"},
        {"plain", "INSERT into a plain table with an index"},
    };
    return all;
}

std::unique_ptr<contender> make_enqueuer(const std::string& name, ground& place, int parts,
                                         int payload_bytes) {
    const auto how = name == "leasehold"       ? way::library
                     : name == "leasehold-sql" ? way::sql
                     : name == "plain"         ? way::plain
                                               : throw std::logic_error("no enqueuer " + name);
    return std::make_unique<enqueuer>(name, how, place, parts, payload_bytes);
}

}  // namespace leasehold::bench
