#include "sql/connection.hpp"

#include "schema/sql.hpp"
#include "sql/dialect.hpp"
#include "sql/link.hpp"
#include "sql/sql_failure.hpp"
#include "sql/transaction.hpp"

#include <leasehold/ids.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <utility>

namespace leasehold {

namespace {

void forbid_silent_reconnect([[maybe_unused]] pqxx_session& session) {
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    session.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
}

void set_up(connection::link& link, const connect_options& options) {
    const auto settings = settings_for(link.dialect, options);
    for (const auto& statement : settings.needed) {
        pqxx::nontransaction{link.session}.exec(statement);
    }
    for (const auto& statement : settings.wanted) {
        try {
            pqxx::nontransaction{link.session}.exec(statement);
        } catch (const pqxx::sql_error& error) {
            const auto code = classified(error, sql_stage::connecting).sqlstate();
            if (code != "42704" && code != "0A000") {  // no such name, or not with this value
                throw;
            }
        }
    }
}

void check_server(connection::link& link) {
    if (const auto problem = version_problem(link.session.server_version(),
                                             PQparameterStatus(link.wire, own_version_parameter));
        !problem.empty()) {
        refuse(problem);
    }
    pqxx::transaction<pqxx::isolation_level::serializable> tx{link.session};
    const auto level = tx.exec("SHOW transaction_isolation")[0][0].as<std::string>();
    if (level != "serializable") {
        refuse("the server runs SERIALIZABLE transactions as " + level +
               "; a pooler or a server setting overrides the level");
    }
    tx.abort();
}

/// A setting that names whose session this is. Under session pooling a session is reset before it
/// gets another client; under transaction pooling it is handed around as it is, and with it the
/// settings and prepared statements of all its clients.
std::string owner_of(pqxx_session& session) {
    pqxx::nontransaction tx{session};
    return tx.exec("SELECT current_setting('leasehold.connection', true)")[0][0].as<std::string>(
        "");
}

void own(pqxx_session& session, const std::string& name) {
    pqxx::nontransaction tx{session};
    tx.exec("SET leasehold.connection = '" + name + "'");
}

[[noreturn]] void refuse_shared_session() {
    refuse(
        "a pooler shares one server session among connections; Leasehold needs "
        "session pooling (PgBouncer: pool_mode = session), or none");
}

/// A key that nobody else has.
std::int64_t fresh_key() {
    std::int64_t key = 0;
    const auto random = random_session_id();
    std::memcpy(&key, random.value.data, sizeof key);
    return key;
}

std::optional<std::int64_t> take_guard(connection::link& link) {
    const auto key = fresh_key();
    try {
        pqxx::nontransaction tx{link.session};
        const auto rows = transaction{tx, link}.run(query::guard_take, {std::to_string(key)});
        return rows[0][0].as<bool>() ? std::optional{key} : std::nullopt;
    } catch (const sql_failure& failure) {
        if (!is_unmigrated(failure)) {
            throw;
        }
        return std::nullopt;  // no table to keep it in
    }
}

/// Checks and settings, between two looks at whose session this is.
void make_ready(connection::link& link, const connect_options& options) {
    check_server(link);
    if (!traits_of(link.dialect).settings) {
        set_up(link, options);
        return;  // it has no settings of one's own to know a session by
    }
    const auto name = to_text(random_session_id());
    if (!owner_of(link.session).empty()) {
        refuse_shared_session();
    }
    own(link.session, name);
    set_up(link, options);
    if (owner_of(link.session) != name) {
        refuse_shared_session();
    }
}

#if PQXX_VERSION_MAJOR >= 7
PGconn* connected(const std::string& conninfo) {
    PGconn* made = PQconnectdb(conninfo.c_str());
    if (PQstatus(made) != CONNECTION_OK) {
        const std::string why = PQerrorMessage(made);
        PQfinish(made);
        throw pqxx::broken_connection{why};
    }
    return made;
}
#endif

}  // namespace

#if PQXX_VERSION_MAJOR < 7
connection::link::link(const std::string& conninfo)
    : session(conninfo),
      wire(noted_connect::last()),
      socket(session.sock()),
      dialect(dialect_of(PQparameterStatus(wire, own_version_parameter))) {}
#else
connection::link::link(const std::string& conninfo) : link(connected(conninfo)) {}

connection::link::link(PGconn* made)
    : session(pqxx::connection::seize_raw_connection(made)),
      wire(made),
      socket(PQsocket(made)),
      dialect(dialect_of(PQparameterStatus(made, own_version_parameter))) {}
#endif

connection::connection(dsn where, connect_options options)
    : where_(std::move(where)), options_(std::move(options)) {}

connection::~connection() = default;

void connection::open() {
    if (link_ != nullptr) {
        return;
    }
    try {
        auto fresh = std::make_unique<link>(where_.with_defaults(options_));
        forbid_silent_reconnect(fresh->session);
        make_ready(*fresh, options_);
        if (options_.holds_guard) {
            fresh->guard = take_guard(*fresh);
        }
        ++times_opened_;
        dialect_ = fresh->dialect;
        const std::scoped_lock lock{replacing_};
        link_ = std::move(fresh);
    } catch (const sql_failure&) {
        throw;
    } catch (const std::exception& error) {
        const auto failure = classified(error, sql_stage::connecting);
        throw sql_failure(failure.kind(), failure.sqlstate(),
                          "cannot connect to " + where_.shown() + ": " + failure.what());
    }
}

void connection::close() noexcept {
    const std::scoped_lock lock{replacing_};
    link_.reset();
}

bool connection::cut_when_silent() noexcept {
    const std::scoped_lock lock{replacing_};
    if (link_ == nullptr || !options_.statement_timeout) {
        return false;
    }
    const auto since = link_->asked_at.load();
    const auto limit = *options_.statement_timeout + options_.silence_max;
    if (since == 0 || machine_clock().now() < steady_time{steady_time::duration{since}} + limit) {
        return false;
    }
    return cut_link();
}

bool connection::cut() noexcept {
    const std::scoped_lock lock{replacing_};
    return link_ != nullptr && cut_link();
}

/// Not closed: that is for the thread that waits. It wakes up to the end of the stream.
bool connection::cut_link() noexcept { return ::shutdown(link_->socket, SHUT_RDWR) == 0; }

std::optional<std::int64_t> connection::guard() const noexcept {
    return link_ != nullptr ? link_->guard : std::nullopt;
}

bool connection::peer_closed() noexcept {
    const std::scoped_lock lock{replacing_};
    if (link_ == nullptr || link_->asked_at != 0) {
        return false;  // who waits for an answer finds out by himself
    }
    // Not a read of 0 bytes: the server's last words may stand before the end.
    pollfd end{.fd = link_->socket, .events = POLLRDHUP, .revents = 0};
    return ::poll(&end, 1, 0) == 1 && (end.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

connection::link& connection::opened() {
    open();
    return *link_;
}

sql_dialect connection::dialect() {
    if (!dialect_) {
        open();
    }
    return *dialect_;
}

}  // namespace leasehold
