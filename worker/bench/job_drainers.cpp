#include "worker/bench/job_drainers.hpp"

#include "sql/sql_failure.hpp"
#include "worker/bench/plain_store.hpp"

#include <stdexcept>

namespace leasehold::bench {

namespace {

using strings = std::vector<std::string>;

// Which rows are to be had, and in which order.
const std::string due = " FROM leasehold_bench.jobs WHERE claimed_by IS NULL AND run_at <= now()";
const std::string in_order = due + " ORDER BY run_at, id LIMIT ";
const std::string claiming =
    "UPDATE leasehold_bench.jobs SET claimed_by = $1::int, claimed_at = now(),"
    " attempt = attempt + 1 WHERE ";

void note_handled(const strings& ids, work_log& log) {
    for (const auto& id : ids) {
        log.handled(numbered_id(std::stoll(id)));
    }
}

/// What all have in common: a connection, the end of a job, and what is left.
class job_drainer : public drainer {
public:
    job_drainer(const dsn& where, int worker) : on_(where), me_(std::to_string(worker)) {
        on_.prepare("complete", "DELETE FROM leasehold_bench.jobs WHERE id = ANY ($1::int8[])");
        on_.prepare("any_left", "SELECT EXISTS (SELECT" + due + ")");
    }

    turn take(work_log& log) final {
        try {
            return work(log);
        } catch (const sql_failure& failure) {
            on_.roll_back();
            if (failure.sqlstate() == "40001" || failure.sqlstate() == "40P01") {
                return turn::aborted;
            }
            if (failure.sqlstate() == "55P03") {
                return turn::refused;
            }
            throw;
        }
    }

    bool any_left() final { return on_.run("any_left").first_column.at(0) == "t"; }

protected:
    virtual turn work(work_log& log) = 0;

    /// By itself, or as part of a transaction whose COMMIT comes first.
    std::int64_t complete(const strings& ids) {
        return on_.run("complete", {sql_array(ids)}).changed;
    }

    plain_connection on_;
    const std::string me_;
};

/// Looks, and then takes: between the two, others look as well.
class naive final : public job_drainer {
public:
    naive(const dsn& where, int worker) : job_drainer(where, worker) {
        on_.prepare("look", "SELECT id, payload" + in_order + "1");
        on_.prepare("claim", claiming + "id = $2::int8");
    }

private:
    turn work(work_log& log) override {
        const auto ids = on_.run("look").first_column;
        if (ids.empty()) {
            return turn::empty;
        }
        on_.run("claim", {me_, ids.front()});
        note_handled(ids, log);
        log.completed(complete(ids));
        return turn::worked;
    }
};

/// One statement claims, another ends; each commits by itself.
class claim_then_complete final : public job_drainer {
public:
    enum class signature { by_name, none };

    claim_then_complete(const dsn& where, int worker, const std::string& claim, signature how)
        : job_drainer(where, worker),
          values_(how == signature::by_name ? strings{me_} : strings{}) {
        on_.prepare("claim", claim);
    }

private:
    turn work(work_log& log) override {
        const auto ids = on_.run("claim", values_).first_column;
        if (ids.empty()) {
            return turn::empty;
        }
        note_handled(ids, log);
        log.completed(complete(ids));
        return turn::worked;
    }

    const strings values_;
};

/// A row's lock is the claim, for as long as the work lasts.
class hold_the_row final : public job_drainer {
public:
    hold_the_row(const dsn& where, int worker, const std::string& lock)
        : job_drainer(where, worker) {
        on_.prepare("claim", "SELECT id, payload" + in_order + "1 " + lock);
    }

private:
    turn work(work_log& log) override {
        on_.begin();
        const auto ids = on_.run("claim").first_column;
        if (ids.empty()) {
            on_.roll_back();
            return turn::empty;
        }
        note_handled(ids, log);
        const auto ended = complete(ids);
        on_.commit();
        log.completed(ended);
        return turn::worked;
    }
};

/// Claims under a lock on the whole table; works and completes after it.
class lock_the_table final : public job_drainer {
public:
    lock_the_table(const dsn& where, int worker) : job_drainer(where, worker) {
        on_.prepare("claim", claiming + "id = (SELECT id" + in_order + "1) RETURNING id, payload");
    }

private:
    turn work(work_log& log) override {
        on_.begin();
        on_.run_text("LOCK TABLE leasehold_bench.jobs IN EXCLUSIVE MODE");
        const auto ids = on_.run("claim", {me_}).first_column;
        on_.commit();
        if (ids.empty()) {
            return turn::empty;
        }
        note_handled(ids, log);
        log.completed(complete(ids));
        return turn::worked;
    }
};

/// A lock of the server session, named by the job's id, is the claim.
class advisory final : public job_drainer {
public:
    advisory(const dsn& where, int worker) : job_drainer(where, worker) {
        // Row by row, because a lock that the planner tries on more rows than it returns stays.
        on_.prepare("claim", R"(
WITH RECURSIVE tried AS (
    SELECT j.id, j.run_at, j.payload, pg_try_advisory_lock(hashtext('leasehold bench'), j.id::int)
      FROM (SELECT id, run_at, payload)" +
                                 in_order + R"(1) AS j (id, run_at, payload)
    UNION ALL
    SELECT n.id, n.run_at, n.payload, pg_try_advisory_lock(hashtext('leasehold bench'), n.id::int)
      FROM tried AS t (id, run_at, payload, locked)
     CROSS JOIN LATERAL (
           SELECT id, run_at, payload FROM leasehold_bench.jobs
            WHERE claimed_by IS NULL AND run_at <= now() AND (run_at, id) > (t.run_at, t.id)
            ORDER BY run_at, id LIMIT 1) AS n
     WHERE NOT t.locked)
SELECT id, payload FROM tried AS t (id, run_at, payload, locked) WHERE locked LIMIT 1)");
        // Locked, perhaps, just after another had ended it: then it is gone.
        on_.prepare("still_there", "SELECT id FROM leasehold_bench.jobs WHERE id = $1::int8");
        on_.prepare("unlock", "SELECT pg_advisory_unlock(hashtext('leasehold bench'), $1::int)");
    }

private:
    turn work(work_log& log) override {
        const auto ids = on_.run("claim").first_column;
        if (ids.empty()) {
            return turn::empty;
        }
        const bool there = !on_.run("still_there", ids).first_column.empty();
        if (there) {
            note_handled(ids, log);
            log.completed(complete(ids));
        }
        on_.run("unlock", ids);
        return there ? turn::worked : turn::refused;
    }
};

/// Claims from the whole table under SERIALIZABLE.
class serializable final : public job_drainer {
public:
    serializable(const dsn& where, int worker, int batch) : job_drainer(where, worker) {
        on_.prepare("claim", claiming + "id = ANY (ARRAY(SELECT id" + in_order +
                                 std::to_string(batch) + ")) RETURNING id, payload");
    }

private:
    turn work(work_log& log) override {
        on_.begin(plain_isolation::serializable);
        const auto ids = on_.run("claim", {me_}).first_column;
        on_.commit();
        if (ids.empty()) {
            return turn::empty;
        }
        note_handled(ids, log);
        log.completed(complete_at_last(ids, log));
        return turn::worked;
    }

    /// What is claimed must be ended, however often the server rolls back.
    std::int64_t complete_at_last(const strings& ids, work_log& log) {
        while (true) {
            try {
                on_.begin(plain_isolation::serializable);
                const auto ended = complete(ids);
                on_.commit();
                return ended;
            } catch (const sql_failure& failure) {
                on_.roll_back();
                if (failure.kind() != sql_failure_kind::retry) {
                    throw;
                }
                log.aborted();
            }
        }
    }
};

std::string mark_one() {
    return claiming + "claimed_by IS NULL AND id = (SELECT id" + in_order +
           "1) RETURNING id, payload";
}

std::string skip_locked(int batch) {
    return claiming + "id = ANY (ARRAY(SELECT id" + in_order + std::to_string(batch) +
           " FOR UPDATE SKIP LOCKED)) RETURNING id, payload";
}

/// Nobody's name is on a job: the time until it is due again is the claim.
std::string put_off(int batch) {
    return "UPDATE leasehold_bench.jobs SET run_at = now() + interval '5 minutes',"
           " attempt = attempt + 1 WHERE id = ANY (ARRAY(SELECT id" +
           in_order + std::to_string(batch) + " FOR UPDATE SKIP LOCKED)) RETURNING id, payload";
}

template <class Drainer>
auto one_at_a_time() {
    return [](const dsn& where, int worker, int /*batch*/) -> std::unique_ptr<drainer> {
        return std::make_unique<Drainer>(where, worker);
    };
}

auto holding(const std::string& lock) {
    return [lock](const dsn& where, int worker, int /*batch*/) -> std::unique_ptr<drainer> {
        return std::make_unique<hold_the_row>(where, worker, lock);
    };
}

template <class Text>
auto claiming_by(Text text, claim_then_complete::signature how) {
    return [=](const dsn& where, int worker, int batch) -> std::unique_ptr<drainer> {
        return std::make_unique<claim_then_complete>(where, worker, text(batch), how);
    };
}

}  // namespace

const std::vector<job_scheme>& job_schemes() {
    using signature = claim_then_complete::signature;
    static const std::vector<job_scheme> all{
        {"naive", "SELECT a free job, then UPDATE it, then DELETE it", false,
         one_at_a_time<naive>()},
        {"for-update", "SELECT ... FOR UPDATE, held while it works", false, holding("FOR UPDATE")},
        {"nowait", "SELECT ... FOR UPDATE NOWAIT, held while it works", false,
         holding("FOR UPDATE NOWAIT")},
        {"lock-table", "LOCK TABLE ... IN EXCLUSIVE MODE around the claim", false,
         one_at_a_time<lock_the_table>()},
        {"advisory", "an advisory lock of the session on the job's id", false,
         one_at_a_time<advisory>()},
        {"marking", "UPDATE ... WHERE id = (SELECT ...) AND it is still free", false,
         claiming_by([](int /*batch*/) { return mark_one(); }, signature::by_name)},
        {"skip-locked", "UPDATE ... FOR UPDATE SKIP LOCKED LIMIT k, then DELETE", true,
         claiming_by(skip_locked, signature::by_name)},
        {"serializable", "SERIALIZABLE claims of k from the whole table", true,
         [](const dsn& where, int worker, int batch) -> std::unique_ptr<drainer> {
             return std::make_unique<serializable>(where, worker, batch);
         }},
        {"timed", "SKIP LOCKED puts run_at off by the time a job may take, then DELETE", true,
         claiming_by(put_off, signature::none)},
    };
    return all;
}

}  // namespace leasehold::bench
