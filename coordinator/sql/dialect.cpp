#include "sql/dialect.hpp"

#include "sql/dsn.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace leasehold {

namespace {

constexpr int postgres_min = 150000;

struct release {
    int year{0};
    int number{0};
    friend auto operator<=>(const release&, const release&) = default;
};

/// Before it an update could be lost (22.1.0), and format() was not there.
constexpr release cockroach_min{22, 2};

/// "22.2" of "CockroachDB CCL v22.2.0 (x86_64-pc-linux-gnu, built ...)".
std::optional<release> release_in(std::string_view version) {
    const auto begin = version.find(" v");
    if (begin == std::string_view::npos) {
        return std::nullopt;
    }
    release found;
    const char* end = version.data() + version.size();
    const auto year = std::from_chars(version.data() + begin + 2, end, found.year);
    if (year.ec != std::errc{} || year.ptr == end || *year.ptr != '.') {
        return std::nullopt;
    }
    const auto number = std::from_chars(year.ptr + 1, end, found.number);
    return number.ec == std::errc{} ? std::optional{found} : std::nullopt;
}

server_settings postgres_settings(const connect_options& options) {
    // The level is that of transactions that do not say otherwise; those that need more always do.
    server_settings made{.needed = {"SET default_transaction_isolation = 'read committed'"}};
    if (options.index_scans_only) {
        for (const auto name : plans_that_walk()) {
            made.needed.push_back("SET " + std::string{name} + " = off");
        }
        made.needed.emplace_back("SET jit = off");
    }
    if (options.keeps_plans) {
        made.needed.emplace_back("SET plan_cache_mode = force_generic_plan");
    }
    return made;
}

server_settings cockroach_settings() {
    return {.needed = {"SET default_transaction_isolation = 'serializable'",
                       // Else the check of a claim's foreign key may read the leases from end to
                       // end, and wait for every change of a lease that is not committed yet.
                       "SET prefer_lookup_joins_for_fks = on"},
            // Conflicts come up at the statement that meets them, rather than all at COMMIT. A plan
            // for any values (25.2) may read a part from end to end, and so may one that was made
            // when the table was empty.
            .wanted = {"SET kv_transaction_buffered_writes_enabled = off",
                       "SET plan_cache_mode = force_custom_plan",
                       "SET optimizer_prefer_bounded_cardinality = on",
                       "SET avoid_full_table_scans_in_mutations = on"}};
}

}  // namespace

const server_traits& traits_of(sql_dialect spoken) noexcept {
    static constexpr server_traits postgres{.name = "PostgreSQL",
                                            .reports_its_release = true,
                                            .part_tables = true,
                                            .functions = true,
                                            .whole_ddl = true,
                                            .settings = true,
                                            .notices = true,
                                            .keeps_track = true,
                                            .waits_for_rows = true,
                                            .looks_may_fail = false,
                                            .retried_bytes = std::nullopt,
                                            .clocks_differ = milliseconds{0},
                                            .stall_seen = milliseconds{0}};
    // Sources: its documentation, "Transactions", on automatic retries (the bytes), "Operational
    // FAQs", on --max-offset (the clocks). The stall was seen when one of three nodes was killed.
    static constexpr server_traits cockroach{.name = "CockroachDB",
                                             .reports_its_release = false,
                                             .part_tables = false,
                                             .functions = false,
                                             .whole_ddl = false,
                                             .settings = false,
                                             .notices = false,
                                             .keeps_track = false,
                                             .waits_for_rows = false,
                                             .looks_may_fail = true,
                                             .retried_bytes = 16'384,
                                             .clocks_differ = milliseconds{500},
                                             .stall_seen = milliseconds{6'000}};
    return spoken == sql_dialect::cockroach ? cockroach : postgres;
}

sql_dialect dialect_of(const char* own_version) noexcept {
    return own_version == nullptr ? sql_dialect::postgres : sql_dialect::cockroach;
}

sql_dialect dialect_named(std::string_view server_name) noexcept {
    return server_name == traits_of(sql_dialect::cockroach).name ? sql_dialect::cockroach
                                                                 : sql_dialect::postgres;
}

std::string version_problem(int server_version, const char* own_version) {
    if (own_version != nullptr) {
        const auto found = release_in(own_version);
        return found && *found < cockroach_min
                   ? "the server is CockroachDB " + std::to_string(found->year) + "." +
                         std::to_string(found->number) +
                         "; Leasehold needs CockroachDB 22.2 or newer"
                   : "";
    }
    return server_version < postgres_min
               ? "the server is PostgreSQL " + std::to_string(server_version / 10000) +
                     "; Leasehold needs PostgreSQL 15 or newer"
               : "";
}

server_settings settings_for(sql_dialect spoken, const connect_options& options) {
    server_settings made =
        spoken == sql_dialect::cockroach ? cockroach_settings() : postgres_settings(options);
    made.needed.emplace_back("SET TimeZone = 'UTC'");
    if (options.statement_timeout) {
        const auto timeout = options.statement_timeout->count();
        made.needed.insert(made.needed.end(), {"SET statement_timeout = " + std::to_string(timeout),
                                               "SET lock_timeout = " + std::to_string(timeout),
                                               "SET idle_in_transaction_session_timeout = " +
                                                   std::to_string(10 * timeout)});
    }
    return made;
}

std::vector<std::string_view> plans_that_walk() {
    return {"enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"};
}

}  // namespace leasehold
