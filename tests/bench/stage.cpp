#include "tests/bench/stage.hpp"

#include "tests/support/wait.hpp"

#include <leasehold/enqueue.hpp>

#include <algorithm>
#include <csignal>
#include <stdexcept>

namespace leasehold::bench {

namespace {

using namespace std::chrono_literals;

}  // namespace

stage::stage(stage_spec spec) : spec_(std::move(spec)) {
    std::filesystem::remove_all(spec_.folder);
    std::filesystem::create_directories(spec_.folder);
    book_ = std::make_unique<ledger>(spec_.folder / "ledger", spec_.items_max);
    enqueuer_ = std::make_unique<pqxx::connection>(database_.dsn());
    if (spec_.how == way::leasehold) {
        queue_ = database_.make_queue(queue_name, spec_.parts);
        if (!spec_.settings.empty()) {
            sql("UPDATE leasehold.queues SET " + spec_.settings);
        }
        return;
    }
    sql("CREATE TABLE bench_jobs (id bigint PRIMARY KEY, payload jsonb NOT NULL, "
        "ready boolean NOT NULL DEFAULT true, taken_at timestamptz)");
    sql("CREATE INDEX bench_jobs_ready ON bench_jobs (ready)");
}

stage::~stage() {
    for (auto& [seat, process] : workers_) {
        process->send(SIGKILL);  // all at once, before the first is waited for
    }
}

int stage::start(const worker_wish& wish) {
    const int seat = seats_++;
    worker_spec spec{.how = spec_.how,
                     .dsn = database_.dsn(),
                     .ledger = spec_.folder / "ledger",
                     .seat = seat,
                     .slots = wish.slots,
                     .name = wish.name,
                     .ttl = wish.ttl,
                     .notices = wish.notices,
                     .rescue = wish.rescue};
    auto words = words_of(spec);
    words.insert(words.begin(), std::filesystem::read_symlink("/proc/self/exe").string());
    workers_[seat] = std::make_unique<test::child>(
        test::child_spec{.argv = std::move(words),
                         .log = spec_.folder / ("worker-" + std::to_string(seat) + ".log")});
    if (!wish.name.empty()) {
        names_[seat] = wish.name;
    }
    return seat;
}

void stage::start_settled(int count, const worker_wish& wish) {
    for (int i = 0; i < count; ++i) {
        auto one = wish;
        one.name += one.name.empty() ? "" : "-" + std::to_string(i);
        start(one);
    }
    await_settled();
}

int stage::running() const { return static_cast<int>(workers_.size()); }

bool stage::is_settled() {
    for (const auto& [seat, process] : workers_) {
        if (book_->seat(seat).ready == 0) {
            return false;
        }
    }
    if (spec_.how == way::skip_locked) {
        return true;
    }
    const auto row =
        sql("SELECT (SELECT count(*) FROM leasehold.sessions WHERE state = 'live'), "
            "count(DISTINCT l.id), count(*) FILTER (WHERE l.id IS DISTINCT FROM p.planned_for "
            "OR l.id IS NULL) FROM leasehold.parts AS p LEFT JOIN leasehold.session_parts AS l "
            "ON l.queue = p.queue AND l.part = p.part AND l.role = 'owner'")[0];
    const int owners = std::min(running(), spec_.parts);
    return row[0].as<int>() == running() && row[1].as<int>() == owners && row[2].as<int>() == 0;
}

void stage::await_settled(milliseconds patience) {
    await([this] { return is_settled(); }, "settled workers", patience);
    note_sessions();
}

void stage::note_sessions() {
    if (spec_.how == way::skip_locked) {
        return;
    }
    std::map<std::int64_t, int> seats;
    for (int seat = 0; seat < seats_; ++seat) {
        seats[book_->seat(seat).pid] = seat;
    }
    for (const auto& row : sql("SELECT id, pid FROM leasehold.sessions")) {
        if (const auto found = seats.find(row[1].as<std::int64_t>()); found != seats.end()) {
            seat_of_[row[0].as<std::string>()] = found->second;
        }
    }
}

std::string stage::said_by(int seat) const {
    const auto file = spec_.folder / ("worker-" + std::to_string(seat) + ".log");
    const auto text = test::text_of(file.string() + ".out") + test::text_of(file);
    return text.substr(text.size() - std::min<std::size_t>(text.size(), 600));
}

void stage::stop(int seat) {
    note_sessions();
    auto& process = *workers_.at(seat);
    process.send(SIGTERM);
    const int status = process.finish(30s);
    workers_.erase(seat);
    if (status != 0) {
        throw std::runtime_error("worker " + std::to_string(seat) + " ended with " +
                                 std::to_string(status) + ": " + said_by(seat));
    }
}

void stage::kill(int seat) {
    note_sessions();
    workers_.at(seat)->send(SIGKILL);
    workers_.at(seat)->finish(10s);
    workers_.erase(seat);
}

void stage::stop_all() {
    note_sessions();
    for (auto& [seat, process] : workers_) {
        process->send(SIGTERM);
    }
    while (!workers_.empty()) {
        stop(workers_.begin()->first);
    }
}

void stage::enqueue(const std::vector<planned_item>& items) {
    const auto now = now_ns();
    for (const auto& one : items) {
        book_->item(one.what.number).due = now;
    }
    spec_.how == way::leasehold ? enqueue_items(items) : enqueue_jobs(items);
}

void stage::enqueue_items(const std::vector<planned_item>& items) {
    std::vector<new_item> made;
    made.reserve(items.size());
    for (const auto& one : items) {
        made.push_back({.payload = payload_of(one.what), .id = one.id});
    }
    if (made.size() == 1) {
        pqxx::nontransaction tx{*enqueuer_};  // one statement, as of the others
        leasehold::enqueue(tx, queue_, made);
        return;
    }
    pqxx::work tx{*enqueuer_};
    leasehold::enqueue(tx, queue_, made);
    tx.commit();
}

void stage::enqueue_jobs(const std::vector<planned_item>& items) {
    std::string payloads;
    for (const auto& one : items) {
        payloads += (payloads.empty() ? "[" : ", ") + payload_of(one.what);
    }
    pqxx::nontransaction tx{*enqueuer_};  // one statement, and so one transaction
    tx.exec_params(
        "WITH made AS (INSERT INTO bench_jobs (id, payload) SELECT (one ->> 0)::bigint, one "
        "FROM jsonb_array_elements($1::jsonb) AS one RETURNING id) "
        "SELECT CASE WHEN $2 THEN pg_notify('bench_jobs', '') END FROM made LIMIT 1",
        payloads + "]", spec_.notify);
}

void stage::check_alive() {
    for (const auto& [seat, process] : workers_) {
        if (const auto status = process->ended()) {
            throw std::runtime_error("worker " + std::to_string(seat) + " ended with " +
                                     std::to_string(*status) + ": " + said_by(seat));
        }
    }
}

void stage::await(const std::function<bool()>& holds, const std::string& what,
                  milliseconds patience) {
    const auto come = test::eventually(
        [&] {
            check_alive();
            return holds();
        },
        patience);
    if (!come) {
        throw std::runtime_error(what + ": not within " + std::to_string(patience.count()) + " ms");
    }
}

void stage::await_ended(std::int64_t items) {
    await([&] { return book_->ended() >= items; }, "the end of all items");
}

void stage::require_once(std::size_t items) const {
    for (std::size_t i = 0; i < items; ++i) {
        const auto& one = book_->item(i);
        if (one.starts != 1 || one.ends != 1) {
            throw std::runtime_error("item " + std::to_string(i) + " was started " +
                                     std::to_string(one.starts) + " and ended " +
                                     std::to_string(one.ends) + " times");
        }
    }
}

conflict_counts stage::conflicts() {
    note_sessions();
    conflict_counts counts;
    if (spec_.how == way::skip_locked) {
        return counts;
    }
    std::set<int> helped;
    const auto note = [&](const std::string& session) {
        if (const auto found = seat_of_.find(session); found != seat_of_.end()) {
            helped.insert(found->second);
        }
    };
    for (const auto& row :
         sql("SELECT h.to_session, coalesce((SELECT o.to_session FROM leasehold.ownership_log AS o "
             "WHERE o.part = h.part AND o.role = 'owner' AND o.to_session IS NOT NULL "
             "AND o.at <= h.at ORDER BY o.at DESC LIMIT 1), h.to_session) "
             "FROM leasehold.ownership_log AS h "
             "WHERE h.role = 'helper' AND h.to_session IS NOT NULL")) {
        note(row[0].as<std::string>());
        note(row[1].as<std::string>());
    }
    for (int seat = 0; seat < seats_; ++seat) {
        const auto retries = book_->seat(seat).serialization_retries.load();
        if (helped.contains(seat)) {
            counts.with_help += retries;
            ++counts.workers_with_help;
        } else {
            counts.without_help += retries;
            ++counts.workers_without_help;
        }
    }
    return counts;
}

int stage::parts_moved(const std::string& since) {
    note_sessions();
    const auto name_of = [this](const std::string& session) {
        const auto seat = seat_of_.find(session);
        const auto name = seat == seat_of_.end() ? names_.end() : names_.find(seat->second);
        return name == names_.end() ? session : name->second;
    };
    std::map<int, std::string> holder;
    int moved = 0;
    for (const auto& row : sql("SELECT part, to_session, at >= '" + since +
                               "' AS counts "
                               "FROM leasehold.ownership_log "
                               "WHERE to_session IS NOT NULL AND role = 'owner' "
                               "ORDER BY part, epoch, at")) {
        auto& last = holder[row[0].as<int>()];
        const auto next = name_of(row[1].as<std::string>());
        if (row[2].as<bool>() && !last.empty() && last != next) {
            ++moved;
        }
        last = next;
    }
    return moved;
}

double stage::longest_unowned(const std::string& since) {
    return sql("SELECT coalesce(extract(epoch FROM max(next - at)), 0) FROM (SELECT to_session, "
               "at, lead(at) OVER (PARTITION BY part ORDER BY epoch, at) AS next "
               "FROM leasehold.ownership_log WHERE role = 'owner') AS change "
               "WHERE to_session IS NULL AND next > '" +
               since + "'")[0][0]
        .as<double>();
}

std::string stage::server_time() { return sql("SELECT clock_timestamp()")[0][0].as<std::string>(); }

}  // namespace leasehold::bench
