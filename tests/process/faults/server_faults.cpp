// What happens to the server.

#include "tests/process/faults/faults.hpp"

#include <list>

namespace leasehold::test {

namespace {

using namespace std::chrono_literals;

int terminate_some(site& here) {
    return here.sql(
                   "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM "
                   "pg_stat_activity WHERE datname = current_database() AND "
                   "application_name LIKE 'leasehold%' ORDER BY random() LIMIT 3) AS three")[0][0]
                       .as<int>() > 0
               ? 1
               : 0;
}

int restart(site& here) {
    here.home().stop("immediate");
    here.home().start();
    return 1;
}

/// Connections of the bench's own until the server refuses more.
class all_slots {
public:
    explicit all_slots(site& here) : dsn_(here.dsn()) {}
    void fill() {
        try {
            while (true) {
                held_.emplace_back(dsn_);
            }
        } catch (const pqxx::broken_connection&) {
            ++refused_;
        }
    }
    int refused() const { return refused_; }

private:
    std::string dsn_;
    std::list<pqxx::connection> held_{};
    int refused_{0};
};

/// Whoever is cut meanwhile finds no way back in; the heartbeats are not, and keep the sessions.
int exhaust_slots(site& here) {
    here.pass(ttl);  // whatever the fault before has done to a session, shows by now
    here.sql("SELECT 1");
    const auto ended = [&] { return occurrences(here.worker_logs(), "session ended"); };
    const int before = ended();
    all_slots slots{here};
    slots.fill();
    for (const char* name : {"handler", "items", "parts"}) {
        here.any_worker().way->cut(name);
    }
    here.pass_until(
        [&] {
            slots.fill();
            return false;
        },
        2'500ms);
    if (ended() > before) {
        here.problems().emplace_back("a session ended while all connection slots were taken");
    }
    return slots.refused() > 0 ? 1 : 0;
}

/// A switch that a trigger sees at once, whatever its snapshot: a sequence's value.
void make_storm_switch(site& here) {
    here.sql("CREATE SEQUENCE storm");
    here.sql(
        "CREATE FUNCTION storm() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF (SELECT last_value FROM storm) > 1 AND random() < 0.7 THEN RAISE EXCEPTION "
        "'a storm' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$");
    for (const auto& queue : queue_names) {
        here.sql("CREATE TRIGGER storm BEFORE INSERT OR UPDATE OR DELETE ON leasehold.items_" +
                 queue + " FOR EACH STATEMENT EXECUTE FUNCTION storm()");
        for (int part = 0; part < 8; ++part) {
            here.sql("CREATE TRIGGER storm BEFORE UPDATE OR DELETE ON leasehold.items_" + queue +
                     "_" + std::to_string(part) + " FOR EACH STATEMENT EXECUTE FUNCTION storm()");
        }
    }
}

int blow_a_storm(site& here) {
    here.sql("SELECT setval('storm', 2)");
    here.pass(milliseconds{here.drawn(1'000, 4'000)});
    here.sql("SELECT setval('storm', 1)");
    return 1;
}

int fill_disk(site& here) {
    const auto ballast = (here.home().small_disk() / "ballast").string();
    const auto failures = [&] { return occurrences(here.server_log(), " 53100 "); };
    const int before = failures();
    here.sql("COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; dd if=/dev/zero of=" + ballast +
             " bs=64k 2>/dev/null; true'");
    here.pass_until([&] { return failures() > before; }, 5s);
    here.pass(milliseconds{here.drawn(500, 2'500)});
    here.sql("COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; rm " + ballast + "'");
    return failures() > before ? 1 : 0;
}

/// A fresh standby that has every commit, and then is the server.
int promote(site& here) {
    static int made = 0;
    const auto old = here.home();
    const auto next = old.standby("standby" + std::to_string(++made), old.port() + 1);
    here.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
    here.sql("SELECT pg_reload_conf()");
    const auto in_step = [&] {
        return here.count(
                   "pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'") == 1;
    };
    if (!here.pass_until(in_step, 20s)) {
        here.problems().emplace_back("the standby did not get into step");
        return 0;
    }
    here.pass(1s);
    old.stop("immediate");
    next.promote();
    here.move_to(next);
    std::filesystem::remove_all(old.data());
    return 1;
}

/// Half of the workers know all servers there may be; the others' proxies are told.
void name_all_servers(site& here) {
    std::string hosts;
    std::string ports;
    for (int i = 0; i < 4; ++i) {
        hosts += (i == 0 ? "" : ",") + here.home().folder().string();
        ports += (i == 0 ? "" : ",") + std::to_string(here.home().port() + i);
    }
    for (std::size_t i = 0; i < here.workers().size(); i += 2) {
        here.workers()[i].dsn = "host=" + hosts + " port=" + ports +
                                " user=postgres dbname=" + here.database() +
                                " target_session_attrs=read-write";
    }
}

}  // namespace

std::vector<fault> server_faults() {
    std::vector<fault> all;
    all.push_back({.name = "backends terminated",
                   .times = 30,
                   .times_short = 3,
                   .calm = 250ms,
                   .inject = terminate_some});
    all.push_back({.name = "server killed and restarted",
                   .times = 5,
                   .times_short = 1,
                   .calm = 2s,
                   .inject = restart,
                   .evidence = [](site& here) {
                       expect_words(here, here.server_log(), "automatic recovery in progress", 1,
                                    "the server did not recover from a crash");
                   }});
    all.push_back({.name = "connection slots exhausted",
                   .times = 4,
                   .times_short = 1,
                   .calm = 1s,
                   .inject = exhaust_slots,
                   .evidence = [](site& here) {
                       expect_words(here, here.worker_logs(), "too many clients", 1,
                                    "no worker was refused for want of a slot");
                   }});
    all.push_back({.name = "40001 storm",
                   .times = 4,
                   .times_short = 1,
                   .calm = 1s,
                   .prepare = make_storm_switch,
                   .inject = blow_a_storm,
                   .evidence = [](site& here) {
                       expect_words(here, here.server_log(), " 40001 ", 10,
                                    "the storm rolled nothing back");
                   }});
    all.push_back({.name = "disk full",
                   .times = 4,
                   .times_short = 1,
                   .calm = 1s,
                   .anywhere = false,
                   .small_disk = true,
                   .inject = fill_disk});
    all.push_back({.name = "standby promoted",
                   .times = 2,
                   .times_short = 1,
                   .calm = 2s,
                   .anywhere = false,
                   .prepare = name_all_servers,
                   .inject = promote});
    return all;
}

}  // namespace leasehold::test
