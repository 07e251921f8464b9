#include "tests/cockroach/translation.hpp"

#include "tests/cockroach/rewrite.hpp"
#include "tests/cockroach/settings.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>
#include <vector>

namespace leasehold::test {

namespace {

/// Where settings live in PostgreSQL that only CockroachDB has.
constexpr std::string_view own_settings = "cockroach.";

std::string lower(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    return result;
}

std::string quoted(std::string_view text) {
    std::string result{"'"};
    for (const char c : text) {
        result.append(c == '\'' ? 2 : 1, c);
    }
    return result + "'";
}

std::string answer_of(std::string_view value, std::string_view column) {
    return "SELECT " + quoted(value) + "::text AS \"" + std::string{column} + "\"";
}

/// Nothing, put in such a way that the answer is that of a SET.
constexpr const char* empty_set = "SET cockroach.nothing = ''";

// --- Whole statements ---------------------------------------------------------------------------

std::optional<translated_statement> as_split(const rewrite& text) {
    const bool table = text.are(0, {"ALTER", "TABLE"});
    if (!table && !text.are(0, {"ALTER", "INDEX"})) {
        return std::nullopt;
    }
    if (has_words(text.words(), "SPLIT AT") || has_words(text.words(), "UNSPLIT")) {
        // What its answer says of each split, without any.
        return translated_statement{.sql =
                                        "SELECT ''::bytea AS key, ''::text AS pretty, "
                                        "NULL::timestamptz AS split_enforced_until WHERE false",
                                    .tag = std::string{"ALTER "} + (table ? "TABLE" : "INDEX") +
                                           " SPLIT AT"};
    }
    const bool scatters = has_words(text.words(), "SCATTER");
    const bool zones = has_words(text.words(), "CONFIGURE ZONE");
    if (scatters || zones) {
        return translated_statement{.sql = empty_set,
                                    .tag = scatters ? "SCATTER" : "CONFIGURE ZONE 1"};
    }
    return std::nullopt;
}

/// There a database goes with all that uses it, or not at all.
std::optional<translated_statement> as_drop_database(const rewrite& text) {
    if (!text.are(0, {"DROP", "DATABASE"}) || !text.is(text.size() - 1, "CASCADE")) {
        return std::nullopt;
    }
    auto forced = text;
    forced.put(text.size() - 1, text.size(), "WITH (FORCE)");
    return translated_statement{.sql = forced.result()};
}

std::optional<translated_statement> as_cluster_setting(const rewrite& text,
                                                       const cockroach_look& look) {
    if (text.are(0, {"SET", "CLUSTER", "SETTING"})) {
        return translated_statement{.sql = empty_set, .tag = "SET CLUSTER SETTING"};
    }
    if (!text.are(0, {"SHOW", "CLUSTER", "SETTING"})) {
        return std::nullopt;
    }
    const auto name = lower(text.between(3, text.size()));
    std::string value = "false";
    if (name == "version") {
        value = std::to_string(look.release.year) + "." + std::to_string(look.release.number);
    } else if (name == "sql.txn.read_committed_isolation.enabled") {
        value = look.read_committed ? "true" : "false";
    }
    return translated_statement{.sql = answer_of(value, name), .tag = "SHOW"};
}

std::optional<translated_statement> as_show(const rewrite& text, const cockroach_look& look) {
    if (!text.is(0, "SHOW") || text.size() != 2) {
        return std::nullopt;
    }
    const auto name = lower(text.words()[1].plain);
    if (name == "crdb_version") {
        return translated_statement{.sql = answer_of(look.version_text(), name), .tag = "SHOW"};
    }
    if (name == "server_version") {
        return translated_statement{.sql = answer_of(look.server_version(), name), .tag = "SHOW"};
    }
    if (name == "server_version_num") {
        const auto major = look.server_version().substr(0, 2);
        return translated_statement{.sql = answer_of(major + "0000", name), .tag = "SHOW"};
    }
    if (name == "lock_timeout" || name == "statement_timeout" ||
        name == "idle_in_transaction_session_timeout") {
        return translated_statement{.sql = "SELECT round(extract(epoch FROM current_setting('" +
                                           name + "')::interval) * 1000)::text AS " + name,
                                    .tag = "SHOW"};
    }
    if (use_of_setting(name) == setting_use::its_own) {
        return translated_statement{.sql = "SELECT coalesce(nullif(current_setting('" +
                                           std::string{own_settings} + name +
                                           "', true), ''), 'off') AS " + name,
                                    .tag = "SHOW"};
    }
    return std::nullopt;
}

std::optional<translated_statement> as_set(const rewrite& text, const cockroach_look& look) {
    if (!text.is(0, "SET") && !text.is(0, "RESET")) {
        return std::nullopt;
    }
    const bool scoped = text.is(1, "LOCAL") || text.is(1, "SESSION");
    const std::size_t at = scoped && text.size() > 2 ? 2 : 1;
    if (at >= text.size() || text.is(at + 1, ".")) {
        return std::nullopt;
    }
    const auto name = lower(text.words()[at].plain);
    const auto use = use_of_setting(name);
    if (use == setting_use::its_own) {
        auto renamed = text;
        renamed.put(at, at + 1, std::string{own_settings} + name);
        return translated_statement{.sql = renamed.result()};
    }
    if (use == setting_use::no_effect) {
        return translated_statement{.sql = empty_set,
                                    .notice = "setting session var \"" + name + "\" is a no-op"};
    }
    if ((name == "default_transaction_isolation" || name == "transaction_isolation") &&
        text.is(0, "SET") && text.size() > at + 2) {
        const auto wanted = lower(text.between(at + 2, text.size()));
        const bool granted = look.read_committed && wanted.find("committed") != std::string::npos;
        auto put = text;
        put.put(at + 2, text.size(), granted ? "'read committed'" : "'serializable'");
        return translated_statement{.sql = put.result()};
    }
    return std::nullopt;
}

// --- Parts of statements ------------------------------------------------------------------------

/// ISOLATION LEVEL x, of BEGIN and its like.
void put_levels(rewrite& text, const cockroach_look& look) {
    const bool of_transaction = text.is(0, "BEGIN") || text.is(0, "START") || text.is(0, "SET");
    for (std::size_t i = 0; of_transaction && i + 2 < text.size(); ++i) {
        if (!text.are(i, {"ISOLATION", "LEVEL"})) {
            continue;
        }
        const bool one_word = text.is(i + 2, "SERIALIZABLE") || text.is(i + 2, "SNAPSHOT");
        const bool granted = look.read_committed && text.are(i + 2, {"READ", "COMMITTED"});
        if (!granted) {
            text.put(i + 2, i + (one_word ? 3 : 4), "SERIALIZABLE");
        }
    }
}

/// FAMILY name (columns), a line of CREATE TABLE.
void drop_families(rewrite& text) {
    for (std::size_t i = 1; text.are(0, {"CREATE"}) && i + 2 < text.size(); ++i) {
        const bool line = text.is(i, "FAMILY") && (text.is(i - 1, ",") || text.is(i - 1, "("));
        const bool named = text.words()[i + 1].names() && text.is(i + 2, "(");
        if (!line || (!named && !text.is(i + 1, "("))) {
            continue;
        }
        const auto end = text.behind_bracket(named ? i + 2 : i + 1);
        const bool first = text.is(i - 1, "(");
        // With the comma before it; or, as the first line, with the one behind it.
        text.put(first ? i : i - 1, first && text.is(end, ",") ? end + 1 : end, "");
    }
}

void put_index_words(rewrite& text) {
    for (std::size_t i = 1; text.is(0, "CREATE") && i < text.size(); ++i) {
        if (text.are(i, {"STORING", "("})) {
            text.put(i, i + 1, "INCLUDE");
        } else if (text.are(i, {"USING", "HASH"}) && text.is(i - 1, ")")) {
            const bool counted = text.are(i + 2, {"WITH", "("});
            text.put(i, counted ? text.behind_bracket(i + 3) : i + 2, "");
        }
    }
}

/// t@i, t@{...}, and AS OF SYSTEM TIME.
void drop_hints(rewrite& text) {
    const auto& words = text.words();
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
        const bool glued = words[i].is("@") && words[i - 1].names() &&
                           words[i - 1].end() == words[i].at && words[i].end() == words[i + 1].at;
        if (glued && words[i + 1].names()) {
            text.put(i, i + 2, "");
        } else if (glued && words[i + 1].is("{")) {
            auto end = i + 2;
            while (end < words.size() && !words[end].is("}")) {
                ++end;
            }
            text.put(i, std::min(end + 1, words.size()), "");
        } else if (text.are(i, {"AS", "OF", "SYSTEM", "TIME"}) && i + 4 < words.size()) {
            const bool call = text.is(i + 5, "(");
            text.put(i, call ? text.behind_bracket(i + 5) : i + 5, "");
        }
    }
}

void put_functions(rewrite& text, const cockroach_look& look) {
    const auto& words = text.words();
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (text.are(i, {"VERSION", "(", ")"}) && !text.is(i - 1, ".")) {
            text.put(i, i + 3, "(" + answer_of(look.version_text(), "version") + ")");
        } else if (text.are(i, {"SHA256", "("}) && !text.is(i - 1, ".")) {
            // Of text, and in hexadecimal; PostgreSQL's is of bytes.
            const auto end = text.behind_bracket(i + 1) - 1;
            text.put(i, i + 1, "encode(sha256(convert_to");
            text.put(end, end + 1, ", 'UTF8')), 'hex')");
        } else if (text.are(i, {"CLUSTER_LOGICAL_TIMESTAMP", "(", ")"})) {
            text.put(i, i + 3,
                     "(SELECT (extract(epoch FROM now()) * 1000000000)::numeric(30, 10)"
                     " AS cluster_logical_timestamp)");
        } else if (text.are(i, {"CRDB_INTERNAL", ".", "NODE_ID", "(", ")"})) {
            text.put(i, i + 5, "(SELECT 1::int8 AS node_id)");
        } else if (text.are(i, {"CRDB_INTERNAL", ".", "KV_NODE_STATUS"})) {
            text.put(i, i + 3,
                     "(SELECT 1::int8 AS node_id, " + quoted(look.version()) +
                         "::text AS tag, '[\"cockroach\", \"start\", \"--max-offset=" +
                         std::to_string(look.max_offset_ms) + "ms\"]'::jsonb AS args)" +
                         (text.is(i + 3, "AS") ? "" : " AS nodes"));
        }
    }
}

/// One UPDATE or DELETE of a statement, by the numbers of its words.
struct change_clauses {
    std::size_t target{0};  ///< the table's name
    std::size_t alias{0};   ///< or `target_end`
    std::size_t target_end{0};
    std::size_t from{0};  ///< FROM or USING; `where` when there is none
    std::size_t where{0};
    std::size_t order{0};  ///< ORDER BY or LIMIT
    std::size_t limit{0};
    std::size_t returning{0};
    std::size_t end{0};
};

change_clauses clauses_of(const rewrite& text, std::size_t begin) {
    const auto& words = text.words();
    const bool deletes = words[begin].is("DELETE");
    const auto depth = words[begin].depth;
    change_clauses at;
    at.target = begin + (deletes ? 2 : 1);
    at.end = at.target;
    while (at.end < words.size() && words[at.end].depth >= depth &&
           !(words[at.end].depth == depth && words[at.end].is(";"))) {  // ")": of a row
        ++at.end;
    }
    const auto find = [&](const char* word, std::size_t from, std::size_t to) {
        for (auto i = from; i < to; ++i) {
            if (words[i].depth == depth && words[i].is(word)) {
                return i;
            }
        }
        return to;
    };
    at.returning = find("RETURNING", at.target, at.end);
    at.limit = find("LIMIT", at.target, at.returning);
    at.order = std::min(find("ORDER", at.target, at.returning), at.limit);
    at.where = find("WHERE", at.target, at.order);
    at.from = find(deletes ? "USING" : "FROM", at.target, at.where);
    at.target_end = deletes ? at.from : find("SET", at.target, at.from);
    at.alias = at.target + 1;
    while (text.is(at.alias, ".")) {
        at.alias += 2;
    }
    at.alias += text.is(at.alias, "AS") ? 1 : 0;
    at.alias = std::min(at.alias, at.target_end);
    return at;
}

/// A change of the first rows in an order: PostgreSQL finds them first, and by their places.
void put_limits(rewrite& text) {
    const auto& words = text.words();
    for (std::size_t i = 0; i + 2 < words.size(); ++i) {
        const bool leads = i == 0 || words[i - 1].is("(") || words[i - 1].is(")");
        const bool changes = words[i].is("UPDATE") || text.are(i, {"DELETE", "FROM"});
        if (!leads || !changes) {
            continue;
        }
        const auto at = clauses_of(text, i);
        if (at.order == at.returning) {
            continue;
        }
        const std::string name{at.alias < at.target_end ? text.between(at.alias, at.alias + 1)
                                                        : words[at.alias - 1].text};
        std::string found = " WHERE " + name + ".ctid = ANY (ARRAY (SELECT " + name +
                            ".ctid FROM " + std::string{text.between(at.target, at.target_end)};
        if (at.from < at.where) {
            found.append(", ").append(text.between(at.from + 1, at.where));
        }
        found.append(" ").append(text.between(at.where, at.returning)).append("))");
        if (at.from < at.where && at.where < at.order) {
            found.append(" AND (").append(text.between(at.where + 1, at.order)).append(")");
        }
        // Behind a word, where `found` begins with a space; before a word, where it needs one.
        text.put(at.where, at.returning, found + " ");
    }
}

/// `-c name=value` and `--name=value`, as name=value; a backslash keeps the space behind it.
std::vector<std::string> split_options(std::string_view options) {
    std::vector<std::string> words{{}};
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (options[i] == ' ') {
            words.emplace_back();
            continue;
        }
        const bool escapes = options[i] == '\\' && i + 1 < options.size();
        words.back().append(options.substr(i, escapes ? 2 : 1));
        i += escapes ? 1 : 0;
    }
    std::vector<std::string> settings;
    for (auto& word : words) {
        const auto head = word.substr(0, 2);
        word.erase(0, head == "-c" || head == "--" ? 2 : 0);
        if (!word.empty()) {
            settings.push_back(std::move(word));
        }
    }
    return settings;
}

}  // namespace

std::string cockroach_look::version() const {
    return "v" + std::to_string(release.year) + "." + std::to_string(release.number) + ".1";
}

std::string cockroach_look::version_text() const {
    return "CockroachDB CCL " + version() + " (stub)";
}

std::string cockroach_look::server_version() const {
    // Source: CockroachDB's pull request 168712, "update PG read-only server version".
    return release < cockroach_release{26, 3} ? "13.0.0" : "18.0.0";
}

translated_statement as_postgres(std::string_view statement, const cockroach_look& look) {
    const rewrite whole{statement};
    for (auto made : {as_split(whole), as_cluster_setting(whole, look), as_show(whole, look),
                      as_set(whole, look), as_drop_database(whole)}) {
        if (made) {
            return *made;
        }
    }
    // One after the other: what one puts in another may have to look at.
    std::string sql{statement};
    const auto apply = [&sql](auto change) {
        rewrite text{sql};
        change(text);
        if (text.changed()) {
            sql = text.result();
        }
    };
    apply(drop_hints);
    apply([&](rewrite& text) { put_levels(text, look); });
    apply(drop_families);
    apply(put_index_words);
    apply([&](rewrite& text) { put_functions(text, look); });
    apply(put_limits);
    return {.sql = sql};
}

std::string startup_options(const std::string& options, const cockroach_look& look) {
    std::string made;
    for (auto setting : split_options(options)) {
        const auto name = lower(setting.substr(0, setting.find('=')));
        const auto use = use_of_setting(name);
        if (use == setting_use::its_own) {
            setting.insert(0, own_settings);
        }
        const bool level = name == "default_transaction_isolation";
        if (use != setting_use::no_effect && (!level || look.read_committed)) {
            made += " -c " + setting;
        }
    }
    // The first, so that a client's own may follow where it is granted.
    return "-c default_transaction_isolation=serializable" + made;
}

std::optional<std::string> startup_option(const std::string& options, std::string_view name) {
    std::optional<std::string> value;
    for (const auto& setting : split_options(options)) {
        const auto is = setting.find('=');
        if (is != std::string::npos && lower(setting.substr(0, is)) == name) {
            value = setting.substr(is + 1);
        }
    }
    return value;
}

std::string with_pretended_locks(std::string_view statement) {
    rewrite text{statement};
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        const auto name = lower(text.words()[i].plain);
        const bool lock =
            name.substr(0, 11) == "pg_advisory" || name.substr(0, 15) == "pg_try_advisory";
        if (lock && text.is(i + 1, "(")) {
            const auto end = text.behind_bracket(i + 1);
            // The arguments stay: the statement keeps its parameters, as texts.
            const bool none = end == i + 3;
            text.put(i, i + 2, std::string{"(SELECT ARRAY["} + (none ? "NULL" : ""));
            text.put(end - 1, end, "] IS NOT NULL OR true AS " + name + ")");
        }
    }
    return text.result();
}

}  // namespace leasehold::test
