#include "tests/cockroach/lacks.hpp"

#include "tests/cockroach/settings.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace leasehold::test {

namespace {

constexpr cockroach_release still{9999, 0};

/// Something that PostgreSQL has.
struct lack {
    std::string_view pattern;
    std::string_view sqlstate;
    std::string_view what;
    /// Releases before this one lack it.
    cockroach_release until;
    /// V: seen on a real server (22.1 development build); D: documentation; S: source or grammar;
    /// I: issue or pull request.
    std::string_view source;
};

constexpr std::array lacks{
    // Words between sessions.
    lack{"^ LISTEN", "42601", "at or near \"listen\": syntax error", still, "V; I 41522"},
    lack{"^ NOTIFY", "42601", "at or near \"notify\": syntax error", still, "V; I 41522"},
    lack{"pg_notify (", "42883", "unknown function: pg_notify()", still, "V; I 41522"},
    lack{"pg_cancel_backend (", "42883", "unknown function: pg_cancel_backend()", still, "V"},
    lack{"pg_terminate_backend (", "42883", "unknown function: pg_terminate_backend()", still, "V"},

    // Transactions.
    lack{"txid_current (", "42883", "unknown function: txid_current()", still, "V"},
    lack{"txid_status (", "42883", "unknown function: txid_status()", still, "V"},
    lack{"pg_current_xact_id (", "42883", "unknown function: pg_current_xact_id()", still, "V"},
    lack{"pg_current_xact_id_if_assigned (", "42883",
         "unknown function: pg_current_xact_id_if_assigned()", still, "V"},
    lack{"pg_xact_status (", "42883", "unknown function: pg_xact_status()", still, "V"},
    lack{"pg_current_snapshot (", "42883", "unknown function: pg_current_snapshot()", still, "V"},
    lack{"pg_export_snapshot (", "42883", "unknown function: pg_export_snapshot()", still, "V"},
    lack{"pg_current_wal_lsn (", "42883", "unknown function: pg_current_wal_lsn()", still, "V"},
    lack{"^ BEGIN ... !NOT DEFERRABLE", "0A000", "unimplemented: DEFERRABLE transactions", still,
         "S; I 53432"},
    lack{"^ START ... !NOT DEFERRABLE", "0A000", "unimplemented: DEFERRABLE transactions", still,
         "S; I 53432"},
    lack{"^ PREPARE TRANSACTION", "42601", "at or near \"transaction\": syntax error", still, "S"},
    lack{"WITH HOLD", "0A000", "unimplemented: DECLARE CURSOR WITH HOLD", still, "D cursors"},
    lack{"^ DECLARE ... !NO SCROLL", "0A000", "unimplemented: DECLARE SCROLL CURSOR", still,
         "D cursors"},

    lack{"^ DROP DATABASE ... WITH (", "42601", "at or near \"with\": syntax error", still, "S"},

    // Locks.
    lack{"SKIP LOCKED",
         "0A000",
         "unimplemented: SKIP LOCKED lock wait policy is not supported",
         {22, 2},
         "V; I PR 85720"},
    // Or there, and answering true whoever holds what (up to 26.2).
    lack{"pg_advisory_lock (", "42883", "unknown function: pg_advisory_lock()", still, "V; D"},
    lack{"pg_advisory_lock_shared (", "42883", "unknown function: pg_advisory_lock_shared()", still,
         "V; D"},
    lack{"pg_advisory_unlock (", "42883", "unknown function: pg_advisory_unlock()", still, "V; D"},
    lack{"pg_advisory_unlock_all (", "42883", "unknown function: pg_advisory_unlock_all()", still,
         "V; D"},
    lack{"pg_advisory_unlock_shared (", "42883", "unknown function: pg_advisory_unlock_shared()",
         still, "V; D"},
    lack{"pg_advisory_xact_lock (", "42883", "unknown function: pg_advisory_xact_lock()", still,
         "V; D"},
    lack{"pg_advisory_xact_lock_shared (", "42883",
         "unknown function: pg_advisory_xact_lock_shared()", still, "V; D"},
    lack{"pg_try_advisory_lock (", "42883", "unknown function: pg_try_advisory_lock()", still,
         "V; D"},
    lack{"pg_try_advisory_lock_shared (", "42883",
         "unknown function: pg_try_advisory_lock_shared()", still, "V; D"},
    lack{"pg_try_advisory_xact_lock (", "42883", "unknown function: pg_try_advisory_xact_lock()",
         still, "V; D"},
    lack{"pg_try_advisory_xact_lock_shared (", "42883",
         "unknown function: pg_try_advisory_xact_lock_shared()", still, "V; D"},
    lack{"^ LOCK", "42601", "at or near \"lock\": syntax error", still, "S"},

    // Changes of rows.
    lack{"^ DELETE FROM * USING", "0A000", "unimplemented: DELETE USING", {23, 1}, "V"},
    lack{") DELETE FROM * USING", "0A000", "unimplemented: DELETE USING", {23, 1}, "V"},
    lack{"( DELETE FROM * USING", "0A000", "unimplemented: DELETE USING", {23, 1}, "V"},
    lack{"^ MERGE", "42601", "at or near \"merge\": syntax error", still, "V"},
    lack{"^ COPY ... TO STDOUT", "42601", "at or near \"to\": syntax error", {23, 1}, "V"},
    lack{"=>", "42601", "at or near \"=\": syntax error", still, "V"},
    lack{"ctid", "42703", "column \"ctid\" does not exist", still, "S"},
    lack{"xmin", "42703", "column \"xmin\" does not exist", still, "S"},
    lack{"xmax", "42703", "column \"xmax\" does not exist", still, "S"},
    lack{"uuid_send (", "0A000", "unimplemented: uuid_send()", still, "V"},
    lack{"to_regclass (", "42883", "unknown function: to_regclass()", {22, 2}, "V"},

    // Tables.
    lack{"ON DELETE SET NULL (", "42601", "at or near \"(\": syntax error", still, "V"},
    lack{"ON DELETE SET DEFAULT (", "42601", "at or near \"(\": syntax error", still, "V"},
    lack{"^ CREATE TABLE ... !NOT DEFERRABLE", "0A000", "unimplemented: deferrable constraints",
         still, "V; I 31632"},
    lack{"^ ALTER TABLE ... !NOT DEFERRABLE", "0A000", "unimplemented: deferrable constraints",
         still, "V; I 31632"},
    lack{"INITIALLY DEFERRED", "0A000", "unimplemented: deferrable constraints", still,
         "V; I 31632"},
    lack{"^ SET CONSTRAINTS", "0A000", "unimplemented: SET CONSTRAINTS", still, "S; I 31632"},
    lack{"EXCLUDE USING", "0A000", "unimplemented: EXCLUDE constraints", still, "S"},
    lack{"EXCLUDE (", "0A000", "unimplemented: EXCLUDE constraints", still, "S"},
    // CockroachDB's own partitions are named at once, in a bracket of their own.
    lack{"PARTITION BY LIST () ~(", "42601", "at or near \"EOF\": syntax error", still, "V"},
    lack{"PARTITION BY RANGE () ~(", "42601", "at or near \"EOF\": syntax error", still, "V"},
    lack{"PARTITION BY HASH", "42601", "at or near \"hash\": syntax error", still, "V"},
    lack{"^ CREATE ... PARTITION OF", "42601", "at or near \"of\": syntax error", still, "V"},
    lack{"ATTACH PARTITION", "42601", "at or near \"attach\": syntax error", still, "V"},
    lack{"DETACH PARTITION", "42601", "at or near \"detach\": syntax error", still, "V"},
    lack{"INHERITS (", "0A000", "unimplemented: INHERITS", still, "S"},
    lack{"^ CREATE ... INDEX ... !DESC NULLS LAST", "0A000", "unimplemented: NULLS LAST", still,
         "V"},
    lack{"COLLATE \"C\"", "42601", "invalid locale C: language: tag is not well-formed", still,
         "V"},
    lack{"^ GRANT SELECT (", "42601", "at or near \"(\": syntax error", still, "V"},
    lack{"^ GRANT INSERT (", "42601", "at or near \"(\": syntax error", still, "V"},
    lack{"^ GRANT UPDATE (", "42601", "at or near \"(\": syntax error", still, "V"},

    // What runs in the server.
    lack{"^ DO", "42601", "at or near \"do\": syntax error", still, "V"},
    lack{"^ CREATE DOMAIN", "0A000", "unimplemented: CREATE DOMAIN", still, "V"},
    lack{"^ CREATE RULE", "0A000", "unimplemented: CREATE RULE", still, "V"},
    lack{"^ CREATE OR REPLACE RULE", "0A000", "unimplemented: CREATE RULE", still, "V"},
    lack{"CONSTRAINT TRIGGER", "0A000", "unimplemented: CREATE CONSTRAINT TRIGGER", still, "S"},
    lack{"^ CREATE ... TRIGGER ... FOR EACH STATEMENT", "0A000",
         "unimplemented: statement-level triggers", still, "D"},
    lack{"^ CREATE ... TRIGGER ... REFERENCING", "0A000", "unimplemented: REFERENCING", still, "D"},
    lack{"^ CREATE ... TRIGGER ... INSTEAD OF", "0A000", "unimplemented: INSTEAD OF triggers",
         still, "D"},
    lack{"^ CREATE TRIGGER", "0A000", "unimplemented: CREATE TRIGGER", {24, 3}, "V; D"},
    lack{"^ CREATE OR REPLACE TRIGGER", "0A000", "unimplemented: CREATE TRIGGER", still, "D"},
    lack{"^ CREATE FUNCTION", "0A000", "unimplemented: CREATE FUNCTION", {22, 2}, "V; D"},
    lack{
        "^ CREATE OR REPLACE FUNCTION", "0A000", "unimplemented: CREATE FUNCTION", {22, 2}, "V; D"},
};

std::vector<std::string_view> split(std::string_view pattern) {
    std::vector<std::string_view> parts;
    while (!pattern.empty()) {
        const auto end = std::min(pattern.find(' '), pattern.size());
        parts.push_back(pattern.substr(0, end));
        pattern.remove_prefix(std::min(end + 1, pattern.size()));
    }
    return parts;
}

bool same_letters(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::toupper(static_cast<unsigned char>(x)) ==
               std::toupper(static_cast<unsigned char>(y));
    });
}

/// One pattern on its way through the words of a statement.
class matcher {
public:
    matcher(const std::vector<sql_word>& words, std::string_view pattern)
        : words_(words), parts_(split(pattern)) {}

    bool found() const {
        for (std::size_t at = 0; at <= words_.size(); ++at) {
            if (matches(0, at)) {
                return true;
            }
        }
        return false;
    }

private:
    bool is(std::size_t at, std::string_view part) const {
        if (at >= words_.size() || words_[at].kind == word_kind::text) {
            return false;
        }
        const auto& word = words_[at];
        return part == "<>" ? word.names() : same_letters(word.text, part);
    }

    /// Behind the bracket that begins at `at`; `at` itself when none does.
    std::size_t behind_bracket(std::size_t at) const {
        if (!is(at, "(")) {
            return at;
        }
        auto end = at + 1;
        while (end < words_.size() && words_[end].depth > words_[at].depth) {
            ++end;
        }
        return std::min(end + 1, words_.size());
    }

    bool matches(std::size_t part, std::size_t at) const {
        if (part == parts_.size()) {
            return true;
        }
        const auto want = parts_[part];
        if (want == "^") {
            return at == 0 && matches(part + 1, at);
        }
        if (want == "$") {
            return at == words_.size() && matches(part + 1, at);
        }
        if (want == "()") {
            return is(at, "(") && matches(part + 1, behind_bracket(at));
        }
        if (want == "..." || want == "*") {
            return matches_gap(part, at);
        }
        if (want.front() == '!') {
            return !(at > 0 && is(at - 1, want.substr(1))) && matches(part + 1, at);
        }
        if (want.front() == '~' && want.size() > 1) {
            return !is(at, want.substr(1)) && matches(part + 1, at);
        }
        return is(at, want) && matches(part + 1, at + 1);
    }

    bool matches_gap(std::size_t part, std::size_t at) const {
        const bool whole = parts_[part] == "*";
        while (true) {
            if (matches(part + 1, at)) {
                return true;
            }
            if (at >= words_.size() || (whole && is(at, ")"))) {
                return false;
            }
            at = whole && is(at, "(") ? behind_bracket(at) : at + 1;
        }
    }

    const std::vector<sql_word>& words_;
    std::vector<std::string_view> parts_;
};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    return text;
}

std::optional<cockroach_refusal> refused_setting(const std::vector<sql_word>& words) {
    if (words.size() < 2 || !words[0].is("SET")) {
        return std::nullopt;
    }
    const std::size_t at =
        words.size() > 2 && (words[1].is("LOCAL") || words[1].is("SESSION")) ? 2 : 1;
    const bool own_grammar = words[at].is("CLUSTER") || words[at].is("CHARACTERISTICS");
    const bool dotted = at + 1 < words.size() && words[at + 1].is(".");
    if (own_grammar || dotted) {
        return std::nullopt;
    }
    const auto name = lower(words[at].plain);
    switch (use_of_setting(name)) {
        case setting_use::refused:
            return cockroach_refusal{"0A000", "unimplemented: the configuration setting \"" + name +
                                                  "\" is not supported"};
        case setting_use::unknown:
            return cockroach_refusal{"42704",
                                     "unrecognized configuration parameter \"" + name + "\""};
        default: return std::nullopt;
    }
}

/// The table behind `at`, all of its name.
std::string name_at(const std::vector<sql_word>& words, std::size_t at) {
    std::string name;
    while (at < words.size() && words[at].names()) {
        name += lower(words[at].plain);
        if (at + 1 >= words.size() || !words[at + 1].is(".")) {
            break;
        }
        name += '.';
        at += 2;
    }
    return name;
}

/// Two changes of one table in a statement; INSERTs without ON CONFLICT may be several.
std::optional<cockroach_refusal> changed_twice(const std::vector<sql_word>& words) {
    std::vector<std::string> inserted;
    std::vector<std::string> changed;
    const bool settles = has_words(words, "ON CONFLICT");
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const bool leads = i == 0 || words[i - 1].is("(") || words[i - 1].is(")");
        if (!leads) {
            continue;
        }
        const bool inserts = words[i].is("INSERT") && words[i + 1].is("INTO");
        const bool deletes = words[i].is("DELETE") && words[i + 1].is("FROM");
        if (!inserts && !deletes && !words[i].is("UPDATE")) {
            continue;
        }
        const auto name = name_at(words, i + (words[i].is("UPDATE") ? 1 : 2));
        const auto among = [&](const auto& names) {
            return std::find(names.begin(), names.end(), name) != names.end();
        };
        if (among(changed) || (among(inserted) && (!inserts || settles))) {
            return cockroach_refusal{"0A000",
                                     "unimplemented: multiple mutations of the same table \"" +
                                         name + "\" are not supported"};
        }
        (inserts ? inserted : changed).push_back(name);
    }
    return std::nullopt;
}

/// What changes rows in a WITH has to answer something, whether or not that is looked at.
/// Source: CockroachDB's pkg/sql/opt/optbuilder/with.go, getCTECols(); its issue 20970
std::optional<cockroach_refusal> answers_nothing(const std::vector<sql_word>& words) {
    for (std::size_t i = 2; i < words.size(); ++i) {
        const bool changes =
            words[i].is("INSERT") || words[i].is("UPDATE") || words[i].is("DELETE");
        const bool named =
            words[i - 1].is("(") && (words[i - 2].is("AS") || words[i - 2].is("MATERIALIZED"));
        if (!changes || !named) {
            continue;
        }
        const auto depth = words[i].depth;
        auto end = i;
        bool answers = false;
        for (; end < words.size() && words[end].depth >= depth; ++end) {
            answers = answers || (words[end].depth == depth && words[end].is("RETURNING"));
        }
        if (!answers) {
            return cockroach_refusal{"0A000", "WITH clause does not return any columns"};
        }
    }
    return std::nullopt;
}

}  // namespace

bool has_words(const std::vector<sql_word>& words, std::string_view pattern) {
    return matcher{words, pattern}.found();
}

std::optional<cockroach_refusal> cockroach_lacks(const std::vector<sql_word>& statement,
                                                 const cockroach_release& release) {
    for (const auto& one : lacks) {
        if (release < one.until && has_words(statement, one.pattern)) {
            return cockroach_refusal{std::string{one.sqlstate}, std::string{one.what}};
        }
    }
    if (auto refusal = refused_setting(statement)) {
        return refusal;
    }
    if (auto refusal = answers_nothing(statement)) {
        return refusal;
    }
    return changed_twice(statement);
}

std::optional<cockroach_refusal> cockroach_lacks(std::string_view statement,
                                                 const cockroach_release& release) {
    return cockroach_lacks(words_of(statement), release);
}

}  // namespace leasehold::test
