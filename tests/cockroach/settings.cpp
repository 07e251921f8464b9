#include "tests/cockroach/settings.hpp"

#include <algorithm>
#include <array>

// Source: CockroachDB's pkg/sql/vars.go and unsupported_vars.go, and its documentation of session
// variables.

namespace leasehold::test {

namespace {

struct named_use {
    std::string_view name;
    setting_use use;
};

constexpr auto shared = setting_use::shared;
constexpr auto no_effect = setting_use::no_effect;
constexpr auto its_own = setting_use::its_own;
constexpr auto refused = setting_use::refused;

constexpr std::array settings{
    named_use{"application_name", shared},
    named_use{"bytea_output", shared},
    named_use{"client_encoding", shared},
    named_use{"client_min_messages", shared},
    named_use{"datestyle", shared},
    named_use{"default_transaction_isolation", shared},
    named_use{"default_transaction_read_only", shared},
    named_use{"extra_float_digits", shared},
    named_use{"idle_in_transaction_session_timeout", shared},
    named_use{"idle_session_timeout", shared},
    named_use{"intervalstyle", shared},
    named_use{"lock_timeout", shared},
    named_use{"names", shared},
    named_use{"plan_cache_mode", shared},
    named_use{"role", shared},
    named_use{"row_security", shared},
    named_use{"search_path", shared},
    named_use{"server_version", shared},
    named_use{"server_version_num", shared},
    named_use{"session_authorization", shared},
    named_use{"standard_conforming_strings", shared},
    named_use{"statement_timeout", shared},
    named_use{"time", shared},  // SET TIME ZONE
    named_use{"timezone", shared},
    named_use{"transaction", shared},  // SET TRANSACTION
    named_use{"transaction_isolation", shared},
    named_use{"transaction_read_only", shared},
    named_use{"transaction_timeout", shared},  // 42704 up to 22.1

    named_use{"enable_seqscan", no_effect},
    named_use{"synchronous_commit", no_effect},

    named_use{"autocommit_before_ddl", its_own},
    named_use{"avoid_full_table_scans_in_mutations", its_own},
    named_use{"database", its_own},
    named_use{"default_int_size", its_own},
    named_use{"default_transaction_quality_of_service", its_own},
    named_use{"disallow_full_table_scans", its_own},
    named_use{"distsql", its_own},
    named_use{"enable_durable_locking_for_serializable", its_own},
    named_use{"enable_implicit_fk_locking_for_serializable", its_own},
    named_use{"enable_implicit_select_for_update", its_own},
    named_use{"enable_implicit_transaction_for_batch_statements", its_own},
    named_use{"enable_insert_fast_path", its_own},
    named_use{"enable_multiple_modifications_of_table", its_own},
    named_use{"enable_shared_locking_for_serializable", its_own},
    named_use{"foreign_key_cascades_limit", its_own},
    named_use{"idle_in_session_timeout", its_own},
    named_use{"inject_retry_errors_enabled", its_own},
    named_use{"inject_retry_errors_on_commit_enabled", its_own},
    named_use{"kv_transaction_buffered_writes_enabled", its_own},
    named_use{"large_full_scan_rows", its_own},
    named_use{"locality_optimized_partitioned_index_scan", its_own},
    named_use{"optimizer_prefer_bounded_cardinality", its_own},
    named_use{"optimizer_use_histograms", its_own},
    named_use{"prefer_lookup_joins_for_fks", its_own},
    named_use{"results_buffer_size", its_own},
    named_use{"serial_normalization", its_own},
    named_use{"sql_safe_updates", its_own},
    named_use{"transaction_priority", its_own},
    named_use{"transaction_rows_read_err", its_own},
    named_use{"transaction_rows_written_err", its_own},
    named_use{"vectorize", its_own},

    named_use{"check_function_bodies", refused},
    named_use{"commit_delay", refused},
    named_use{"cpu_tuple_cost", refused},
    named_use{"deadlock_timeout", refused},
    named_use{"default_transaction_deferrable", refused},
    named_use{"enable_bitmapscan", refused},
    named_use{"enable_hashagg", refused},
    named_use{"enable_hashjoin", refused},
    named_use{"enable_indexonlyscan", refused},
    named_use{"enable_indexscan", refused},
    named_use{"enable_material", refused},
    named_use{"enable_mergejoin", refused},
    named_use{"enable_nestloop", refused},
    named_use{"enable_sort", refused},
    named_use{"enable_tidscan", refused},
    named_use{"from_collapse_limit", refused},
    named_use{"join_collapse_limit", refused},
    named_use{"log_statement", refused},
    named_use{"maintenance_work_mem", refused},
    named_use{"max_parallel_workers_per_gather", refused},
    named_use{"random_page_cost", refused},
    named_use{"seq_page_cost", refused},
    named_use{"session_replication_role", refused},
    named_use{"transaction_deferrable", refused},
    named_use{"work_mem", refused},
};

}  // namespace

setting_use use_of_setting(std::string_view name) {
    if (name.find('.') != std::string_view::npos) {
        return setting_use::shared;  // anybody's own
    }
    const auto* found = std::find_if(settings.begin(), settings.end(),
                                     [&](const auto& one) { return one.name == name; });
    return found == settings.end() ? setting_use::unknown : found->use;
}

}  // namespace leasehold::test
