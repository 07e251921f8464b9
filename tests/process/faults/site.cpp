#include "tests/process/faults/site.hpp"

#include "tests/support/wait.hpp"

#include <nlohmann/json.hpp>

#include <poll.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;

constexpr auto tick = 400ms;  // more than the pause at which `leasehold enqueue` sends what it has

std::string program() {
    const char* path = std::getenv("LEASEHOLD_PROGRAM");
    if (path == nullptr) {
        throw std::runtime_error("LEASEHOLD_PROGRAM is not set: the path of the program leasehold");
    }
    return path;
}

/// A random (version 4) UUID of these dice.
std::string uuid_of(std::mt19937_64& dice) {
    std::array<char, 37> text{};
    const auto high = dice();
    const auto low = dice();
    std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-8%03x-%012llx",
                  static_cast<unsigned>(high >> 32U), static_cast<unsigned>(high & 0xffffU),
                  static_cast<unsigned>(high >> 16U & 0xfffU), static_cast<unsigned>(low >> 52U),
                  static_cast<unsigned long long>(low & 0xffffffffffffU));
    return text.data();
}

std::string line_of(const std::string& id) {
    return R"({"id":")" + id + R"(","payload":1})" + "\n";
}

}  // namespace

site::site(const server& home, std::string database, std::filesystem::path logs,
           site_options options)
    : home_(home),
      database_(std::move(database)),
      logs_(std::move(logs)),
      options_(options),
      dice_(options.seed),
      id_dice_(options.seed),
      log_begin_(home.log().size()) {
    std::filesystem::remove_all(logs_);
    std::filesystem::create_directories(logs_);
    make_tables();
    for (int i = 0; i < options_.transactional + options_.external; ++i) {
        const auto& queue = queue_names.at(i < options_.transactional ? 0 : 1);
        workers_.push_back({.name = "w" + std::to_string(i),
                            .queue = queue,
                            .way = std::make_unique<proxy>(home_.socket())});
    }
}

site::~site() {
    for (auto& one : workers_) {
        one.process.reset();
    }
    enqueuers_.clear();
    direct_.reset();
    try {
        // What is left in a server makes its next recovery slower.
        pqxx::connection server{home_.dsn("postgres")};
        pqxx::nontransaction tx{server};
        tx.exec("DROP DATABASE " + database_ + " WITH (FORCE)");
    } catch (const std::exception&) {
        return;  // the server itself is gone, and the database with it
    }
}

void site::make_tables() {
    {
        pqxx::connection server{home_.dsn("postgres")};
        pqxx::nontransaction tx{server};
        tx.exec("DROP DATABASE IF EXISTS " + database_ + " WITH (FORCE)");
        std::string where;
        if (options_.on_small_disk) {
            tx.exec("CREATE TABLESPACE small LOCATION '" + home_.small_disk().string() + "'");
            where = " TABLESPACE small";
        }
        tx.exec("CREATE DATABASE " + database_ + " TEMPLATE template0" + where);
    }
    run({"migrate"});
    sql("CREATE TABLE effects (item uuid, token bigint, at timestamptz DEFAULT clock_timestamp())");
    sql("CREATE TABLE done (queue text, item uuid, created_at timestamptz, by_lease bool, "
        "at timestamptz DEFAULT clock_timestamp())");
    sql("CREATE TABLE enqueued (queue text, item uuid)");
    sql("CREATE FUNCTION note_done() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN INSERT INTO done VALUES (TG_ARGV[0], OLD.id, OLD.created_at, OLD.claim IS NULL); "
        "RETURN NULL; END'");
    for (std::size_t at = 0; at < queue_names.size(); ++at) {
        const auto& queue = queue_names[at];
        run({"queue", "create", queue, "--parts", "8", "--max-attempts", "1000"});
        set_claims(at);
        sql("CREATE TRIGGER note_done AFTER DELETE ON leasehold.items_" + queue +
            " FOR EACH ROW EXECUTE FUNCTION note_done('" + queue + "')");
        run({"queue", "audit", queue, "--on"});
    }
}

/// The program, to its end.
void site::run(std::vector<std::string> words) const {
    words.insert(words.begin(), {program(), "--dsn", dsn()});
    run_to_end({.argv = std::move(words), .log = logs_ / "setup.log"});
}

/// Help goes over rows. By the lease it waits for a real backlog, as a fault leaves one; a handler
/// that takes a while would have hardly anything done by the lease.
void site::set_claims(std::size_t queue) const {
    const auto& claims = options_.claims.at(queue);
    run({"queue", "set", queue_names[queue], "claims=" + claims,
         claims == "lease" ? "help_delay=1s" : "help_delay=50ms"});
}

void site::swap_claims() {
    std::swap(options_.claims[0], options_.claims[1]);
    for (std::size_t queue = 0; queue < queue_names.size(); ++queue) {
        set_claims(queue);
    }
    claims_swapped_ = true;
}

std::filesystem::path site::history_of(const worker& one) const {
    return logs_ / (one.name + ".history");
}

void site::start(worker& one) {
    std::vector<std::string> argv{program(),
                                  "--dsn",
                                  one.dsn.empty() ? one.way->dsn(dsn()) : one.dsn,
                                  "--json",
                                  "work",
                                  one.queue,
                                  "--name",
                                  one.name,
                                  "--ttl",
                                  std::to_string(ttl.count()),
                                  "--poll",
                                  "100",
                                  "--slots",
                                  "3",
                                  "--history",
                                  history_of(one).string()};
    if (one.queue == "inside") {
        // Some take a while, so that faults hit handlers that run, and not idle workers only.
        argv.insert(argv.end(),
                    {"--sql",
                     "INSERT INTO effects SELECT :id, :token FROM pg_sleep(CASE WHEN random() < "
                     "0.05 THEN 0.1 ELSE 0 END)"});
    } else {
        argv.emplace_back("--noop");
    }
    one.process = std::make_unique<child>(child_spec{.argv = std::move(argv),
                                                     .environment = one.environment,
                                                     .log = logs_ / (one.name + ".log")});
}

void site::start_enqueuer(std::size_t queue) {
    enqueuers_[queue] = std::make_unique<child>(
        child_spec{.argv = {program(), "--dsn", enqueuer_ways_[queue]->dsn(dsn()), "enqueue",
                            queue_names[queue], "--jsonl", "-"},
                   .log = logs_ / ("enqueue-" + queue_names[queue] + ".log")});
}

void site::start_enqueuers() {
    enqueuers_.resize(queue_names.size());
    for (std::size_t queue = 0; queue < queue_names.size(); ++queue) {
        enqueuer_ways_.push_back(std::make_unique<proxy>(home_.socket()));
        start_enqueuer(queue);
    }
}

/// After a failover `leasehold enqueue` may stop: "look, then go on with --from-line A or B". Here
/// is who looks: the items are known, and so is what has been done.
void site::go_on_after_doubt(std::size_t queue) {
    const auto said = text_of(logs_ / ("enqueue-" + queue_names[queue] + ".log"));
    const auto words = said.rfind("go on with --from-line ");
    unsigned long from = 0;
    unsigned long after = 0;
    if (words == std::string::npos ||
        std::sscanf(said.c_str() + words, "go on with --from-line %lu or %lu", &from, &after) !=
            2) {
        return;  // it gave up for another reason, and its exit status will tell
    }
    auto& items = items_[queue];
    const auto first = first_line_[queue] + from - 1;
    bool there = false;
    try {
        there = sql("SELECT EXISTS (SELECT FROM done WHERE item = '" + items.at(first) +
                    "') OR EXISTS (SELECT FROM leasehold.items_" + queue_names[queue] +
                    " WHERE id = '" + items.at(first) + "')")[0][0]
                    .as<bool>();
    } catch (const pqxx::broken_connection&) {
        return;  // asked again soon
    }
    first_line_[queue] = there ? first_line_[queue] + after - 1 : first;
    unsent_[queue].clear();
    for (auto at = first_line_[queue]; at < items.size(); ++at) {
        unsent_[queue] += line_of(items[at]);
    }
    start_enqueuer(queue);
}

void site::open() {
    for (auto& one : workers_) {
        start(one);
    }
    start_enqueuers();
    flows_ = true;
    const auto flows = [this] {
        for (std::size_t queue = 0; queue < queue_names.size(); ++queue) {
            if (count("done WHERE queue = '" + queue_names[queue] + "' AND " +
                      (by_lease(queue) ? "" : "NOT ") + "by_lease") == 0) {
                return false;
            }
        }
        return count("(SELECT DISTINCT id FROM leasehold.session_parts) AS s") ==
               static_cast<int>(workers_.size());
    };
    if (!pass_until(flows, 30s)) {
        problems_.emplace_back("the workers did not get going");
    }
}

void site::feed() {
    if (!flows_) {
        return;
    }
    if (steady::now() - fed_at_ >= tick) {
        fed_at_ = steady::now();
        for (std::size_t queue = 0; queue < queue_names.size(); ++queue) {
            // What an enqueuer that is held up has not taken yet is not piled up without end.
            for (int i = 0; i < options_.items_a_tick && unsent_[queue].size() < 100'000; ++i) {
                items_[queue].push_back(uuid_of(id_dice_));
                unsent_[queue] += line_of(items_[queue].back());
            }
        }
    }
    for (std::size_t queue = 0; queue < queue_names.size(); ++queue) {
        if (enqueuers_[queue]->ended()) {
            go_on_after_doubt(queue);
        }
        unsent_[queue].erase(0, enqueuers_[queue]->give(unsent_[queue]));
    }
}

void site::pass(milliseconds time) {
    pass_until([] { return false; }, time);
}

bool site::pass_until(const std::function<bool()>& holds, milliseconds patience) {
    const auto until = steady::now() + patience;
    while (!holds()) {
        if (steady::now() >= until) {
            return false;
        }
        feed();
        ::poll(nullptr, 0, 10);  // a breath, not a time to rely on
    }
    return true;
}

void site::check_enqueuers() {
    for (std::size_t queue = 0; queue < queue_names.size(); ++queue) {
        const auto all_given = [&] {
            unsent_[queue].erase(0, enqueuers_[queue]->give(unsent_[queue]));
            return unsent_[queue].empty() || enqueuers_[queue]->ended();
        };
        eventually(all_given, 60s);
        enqueuers_[queue]->close_input();
        // In doubt, even at its end, it is helped on as often as it takes.
        eventually(
            [&] {
                if (const auto status = enqueuers_[queue]->ended(); status.value_or(0) != 0) {
                    go_on_after_doubt(queue);
                    eventually(all_given, 60s);
                    enqueuers_[queue]->close_input();
                }
                return enqueuers_[queue]->ended() == 0;
            },
            30s);
        if (const int status = enqueuers_[queue]->finish(60s); status != 0) {
            problems_.push_back("leasehold enqueue ended with " + std::to_string(status) + ": " +
                                text_of(logs_ / ("enqueue-" + queue_names[queue] + ".log")));
        }
    }
}

bool site::settle(milliseconds patience) {
    flows_ = false;
    check_enqueuers();
    return eventually(
        [this] {
            try {
                return count("leasehold.items_inside") + count("leasehold.items_outside") == 0;
            } catch (const std::exception&) {
                return false;
            }
        },
        patience);
}

std::array<fleet_summary, 2> site::close() {
    for (auto& one : workers_) {
        one.process->send(SIGTERM);
    }
    std::array<fleet_summary, 2> said;
    for (auto& one : workers_) {
        auto& all = said.at(one.queue == queue_names[0] ? 0 : 1);
        if (const int status = one.process->finish(30s); status != 0) {
            problems_.push_back(one.name + " ended with " + std::to_string(status));
        }
        std::istringstream lines{text_of(logs_ / (one.name + ".log.out"))};
        for (std::string line; std::getline(lines, line);) {
            const auto summary = nlohmann::json::parse(line);
            all.completed += summary["completed"].get<std::int64_t>();
            all.lost += summary["lost"].get<std::int64_t>();
            all.unknown += summary["unknown"].get<std::int64_t>();
        }
    }
    return said;
}

worker& site::any_worker() {
    return workers_.at(static_cast<std::size_t>(drawn(0, static_cast<int>(workers_.size()) - 1)));
}

pqxx::result site::sql(const std::string& text) {
    for (int tries = 1;; ++tries) {
        try {
            if (direct_ == nullptr) {
                direct_ = std::make_unique<pqxx::connection>(dsn());
            }
            pqxx::nontransaction tx{*direct_};
            return tx.exec(text);
        } catch (const pqxx::broken_connection&) {
            direct_.reset();
            if (tries >= 3) {
                throw;
            }
            ::poll(nullptr, 0, 100);
        }
    }
}

int site::count(const std::string& from) {
    return sql("SELECT count(*) FROM " + from)[0][0].as<int>();
}

child& site::keep(child_spec spec) {
    return *kept_.emplace_back(std::make_unique<child>(std::move(spec)));
}

void site::move_to(const server& next) {
    home_ = next;
    log_begin_ = 0;
    direct_.reset();
    for (auto* way : ways()) {
        way->lead_to(next.socket());
    }
}

std::string site::dsn() const { return home_.dsn(database_); }

std::vector<proxy*> site::ways() {
    std::vector<proxy*> all;
    for (auto& one : workers_) {
        all.push_back(one.way.get());
    }
    for (auto& one : enqueuer_ways_) {
        all.push_back(one.get());
    }
    return all;
}

proxy_counts site::proxied() {
    proxy_counts sum;
    for (auto* way : ways()) {
        const auto one = way->counts();
        sum.connections += one.connections;
        sum.cut += one.cut;
        sum.commits_cut_before += one.commits_cut_before;
        sum.commits_cut_after += one.commits_cut_after;
        sum.commits_cut_late += one.commits_cut_late;
        sum.stalled += one.stalled;
        sum.delayed += one.delayed;
        sum.lost += one.lost;
    }
    return sum;
}

int site::drawn(int from, int to) { return std::uniform_int_distribution{from, to}(dice_); }

std::string site::log_of(const worker& one) const { return text_of(logs_ / (one.name + ".log")); }

std::string site::worker_logs() {
    std::string all;
    for (const auto& one : workers_) {
        all += log_of(one);
    }
    return all;
}

std::string site::server_log() const { return home_.log().substr(log_begin_); }

}  // namespace leasehold::test
