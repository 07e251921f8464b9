// What a client asks: see session.hpp.

#include "tests/cockroach/error_words.hpp"
#include "tests/cockroach/session.hpp"

#include <algorithm>

namespace leasehold::test {

namespace {

constexpr std::size_t sent_max = 1'048'576;  ///< bytes kept to be sent again
constexpr const char* commits_words =
    "auto-committing transaction before processing DDL due to autocommit_before_ddl setting";
constexpr const char* own_name = "cockroach_stub";

bool goes_with_a_copy(char type) { return type == 'd' || type == 'c' || type == 'f'; }

bool touches_rows(const std::vector<sql_word>& words) {
    const auto is = [&](const char* word) { return words.front().is(word); };
    return !words.empty() && (is("SELECT") || is("INSERT") || is("UPDATE") || is("DELETE") ||
                              is("WITH") || is("VALUES") || is("TABLE"));
}

bool defines(const std::vector<sql_word>& words) {
    const auto is = [&](const char* word) { return words.front().is(word); };
    return !words.empty() && (is("CREATE") || is("ALTER") || is("DROP") || is("TRUNCATE") ||
                              is("COMMENT") || is("GRANT") || is("REVOKE"));
}

bool means_on(std::string_view value) {
    return value == "ON" || value == "TRUE" || value == "on" || value == "true" ||
           value == "'on'" || value == "'true'" || value == "1";
}

/// What `SET autocommit_before_ddl` sets it to.
std::optional<bool> ddl_setting(const std::vector<sql_word>& words) {
    const bool sets = words.size() >= 4 && words[0].is("SET") &&
                      words[words.size() - 3].is("AUTOCOMMIT_BEFORE_DDL");
    return sets ? std::optional{means_on(words.back().plain)} : std::nullopt;
}

}  // namespace

void cockroach_session::from_client(std::string_view bytes) {
    requests_.add(bytes);
    pump();
}

void cockroach_session::pump() {
    while (!cut_) {
        const auto type = requests_.next_type();
        if (!type) {
            return;
        }
        const bool waits =
            (phase_ == phase::running && asked_ && !goes_with_a_copy(*type) && *type != 'X') ||
            (phase_ == phase::starting && *type != 'p' && *type != 'X');
        if (waits) {
            return;
        }
        const auto message = requests_.next();
        if (!message) {
            return;
        }
        if (phase_ == phase::first_packets) {
            on_packet(*message);
        } else if (phase_ == phase::running) {
            on_request(*message);
        } else {
            to_server += message->bytes;
        }
    }
}

void cockroach_session::on_packet(const wire_message& packet) {
    const auto kind = number_at(packet.body(), 0);
    if (kind == tls_packet || kind == gss_packet) {
        to_client += 'N';
    } else if (kind == cancel_packet) {
        phase_ = phase::raw;
        to_server += packet.bytes;
    } else {
        start_up(packet);
    }
}

void cockroach_session::start_up(const wire_message& packet) {
    requests_.expect_types();
    phase_ = phase::starting;
    auto body = std::string{packet.body().substr(0, sizeof startup_packet)};
    std::string options;
    for (const auto& [name, value] : startup_values(packet.body())) {
        application_name_ = name == "application_name" ? value : application_name_;
        if (name == "options") {
            options = value;
        } else {
            body += wire_text(name) + wire_text(value);
        }
    }
    if (!look_) {
        to_server += packet.bytes;
        return;
    }
    if (const auto value = startup_option(options, "autocommit_before_ddl")) {
        commits_before_ddl_ = means_on(*value);
    }
    body += wire_text("options") + wire_text(startup_options(options, *look_)) + '\0';
    to_server += wire_packet_of(body);
}

void cockroach_session::begin_batch() {
    if (in_batch_) {
        return;
    }
    in_batch_ = true;
    may_retry_ = look_.has_value() && status_ == 'I';
    attempts_ = 0;
    sent_.clear();
    record_.clear();
}

void cockroach_session::forward(std::string_view bytes, std::optional<expected> answer) {
    to_server += bytes;
    if (may_retry_ && sent_.size() + bytes.size() > sent_max) {
        give_up_retry();
    }
    if (may_retry_) {
        sent_ += bytes;
    }
    if (answer) {
        if (may_retry_) {
            record_.push_back(*answer);
        }
        if (!skips_ || answer->request == 'S') {
            expects_.push_back(std::move(*answer));
        }
    }
}

void cockroach_session::forward_end(const wire_message& message) {
    forward(message.bytes, expected{.request = message.type == 'F' ? 'Q' : message.type});
    asked_ = true;
}

void cockroach_session::on_request(const wire_message& message) {
    const char type = message.type;
    if (goes_with_a_copy(type) || type == 'X') {
        to_server += message.bytes;
        return;
    }
    begin_batch();
    switch (type) {
        case 'Q': on_query(message); break;
        case 'P': on_parse(message); break;
        case 'B': on_bind(message); break;
        case 'E': on_execute(message); break;
        case 'C': on_close(message); break;
        case 'D': forward(message.bytes, expected{.request = 'D'}); break;
        case 'S':
        case 'F': forward_end(message); break;
        case 'H':
            give_up_retry();
            forward(message.bytes, std::nullopt);
            break;
        default: forward(message.bytes, std::nullopt);
    }
}

void cockroach_session::on_query(const wire_message& message) {
    auto body = message.body();
    const auto text = take_text(body);
    const auto statements = statements_of(text);
    if (!look_ || statements.empty()) {
        forward_end(message);
        return;
    }
    expected answer{.request = 'Q'};
    std::string sql;
    for (const auto statement : statements) {
        const auto one = prepare(statement);
        if (one.refused_as_grammar) {
            // Whoever parses the text refuses all of it.
            sql = one.sql;
            answer.steps.clear();
            break;
        }
        sql.append(sql.empty() ? "" : "; ").append(query_of(one, answer.steps));
        if (cut_) {
            return;
        }
    }
    forward(wire_message_of('Q', wire_text(sql)), std::move(answer));
    asked_ = true;
}

/// One statement of a simple query, with what is to happen to it.
std::string cockroach_session::query_of(const prepared& one, std::deque<step>& steps) {
    const auto what = disturb(one);
    const bool commits = !what.error && commits_first(one);
    entered(one);
    cut_ = cut_ || what.cuts;
    if (what.error) {
        const auto fails = "SELECT " + name_of(*what.error) + "()";
        if (!what.rolls_back) {
            return fails;
        }
        steps.push_back({.hidden = true});
        return "ROLLBACK; " + fails;
    }
    if (commits) {
        steps.push_back({.hidden = true});
    }
    steps.push_back(
        {.after = what.after, .tag = one.tag, .notice = commits ? commits_words : one.notice});
    return (commits ? "COMMIT; " : "") + one.sql;
}

/// Is the transaction committed before this change of the schema?
bool cockroach_session::commits_first(const prepared& one) const {
    return one.defines && !one.refused && commits_before_ddl_ && in_transaction_ && status_ != 'E';
}

cockroach_session::prepared cockroach_session::prepare(std::string_view statement) {
    std::string pretended;
    if (look_->pretends_locks) {
        pretended = with_pretended_locks(statement);
        statement = pretended;
    }
    const auto words = words_of(statement);
    prepared one{.kind = kind_of(words), .touches_rows = touches_rows(words)};
    one.defines = defines(words);
    one.commits_before_ddl = ddl_setting(words);
    auto refusal = cockroach_lacks(words, look_->release);
    if (!look_->splits_ranges && has_words(words, "SPLIT AT")) {
        refusal = {"0A000", "unimplemented: operation is unsupported in multi-tenancy mode"};
    }
    if (refusal) {
        faults_.note("refused: " + refusal->sqlstate + " " + refusal->what.substr(0, 40));
        one.refused = true;
        one.refused_as_grammar = refusal->sqlstate == "42601";
        const auto name = name_of(plan({refusal->sqlstate, refusal->what}));
        one.sql = one.refused_as_grammar ? name : "SELECT " + name + "()";
        return one;
    }
    auto made = as_postgres(statement, *look_);
    one.sql = std::move(made.sql);
    one.tag = std::move(made.tag);
    one.notice = std::move(made.notice);
    return one;
}

bool cockroach_session::draws(fault one) { return faults_.draw(one, dice_, application_name_); }

/// What chance does to a statement that is to be executed now.
cockroach_session::disturbance cockroach_session::disturb(const prepared& one) {
    const bool commits = one.kind == statement_kind::commits;
    if (one.refused || (status_ == 'E' && in_transaction_)) {
        return {};
    }
    // Source: CockroachDB's issues 87233 and 54954; a warning by 26.3.
    const bool ends = commits || one.kind == statement_kind::drops;
    if (!in_transaction_ && ends && look_->release < cockroach_release{26, 3}) {
        return {.error = plan({"25P01", "there is no transaction in progress"})};
    }
    if (in_transaction_ && one.kind == statement_kind::begins) {
        return {.error = plan({"25001", "there is already a transaction in progress"})};
    }
    const std::string ambiguous = "result is ambiguous: replica unavailable";
    if (commits || (one.kind == statement_kind::changes && !in_transaction_)) {
        if (draws(fault::lost_before_commit)) {
            faults_.happened(fault::lost_before_commit);
            return {.cuts = true};
        }
        if (commits && draws(fault::restart_at_commit)) {
            return {.error = plan({"40001",
                                   restart_words("TransactionRetryError: retry txn "
                                                 "(RETRY_SERIALIZABLE - failed preemptive "
                                                 "refresh)"),
                                   restart_hint(*look_), fault::restart_at_commit}),
                    .rolls_back = true};
        }
        if (draws(fault::ambiguous_rolled_back)) {
            return {.error = plan({"40003", ambiguous, "", fault::ambiguous_rolled_back}),
                    .rolls_back = commits};
        }
        if (draws(fault::ambiguous_committed)) {
            return {.after = fate::ambiguous};
        }
        if (draws(fault::lost_after_commit)) {
            return {.after = fate::lost};
        }
    }
    if (one.touches_rows && (in_transaction_ || one.kind == statement_kind::changes)) {
        if (in_transaction_ && draws(fault::restart_at_statement)) {
            return {.error = plan({"40001",
                                   restart_words("TransactionRetryError: retry txn "
                                                 "(RETRY_WRITE_TOO_OLD)"),
                                   restart_hint(*look_), fault::restart_at_statement})};
        }
        if (draws(fault::cancelled)) {
            return {.error = plan({"57014", "query execution canceled due to statement timeout", "",
                                   fault::cancelled})};
        }
        if (draws(fault::lock_timeout)) {
            return {.error = plan({"55P03", "canceling statement due to lock timeout on row", "",
                                   fault::lock_timeout})};
        }
    }
    return {};
}

/// A statement is on its way.
void cockroach_session::entered(const prepared& one) {
    if (one.kind == statement_kind::begins) {
        in_transaction_ = true;
        give_up_retry();
    } else if (one.kind == statement_kind::commits || one.kind == statement_kind::drops ||
               commits_first(one)) {
        in_transaction_ = false;
    }
    commits_before_ddl_ = one.commits_before_ddl.value_or(commits_before_ddl_);
}

std::size_t cockroach_session::plan(planned_error error) {
    errors_.push_back(std::move(error));
    return errors_.size() - 1;
}

std::string cockroach_session::name_of(std::size_t error) {
    return "cockroach_stub_answer_" + std::to_string(error);
}

/// A message that fails, of a prepared statement that there is not.
std::string cockroach_session::failing_bind(std::size_t error) const {
    return wire_message_of('B', wire_text("") + wire_text(name_of(error)) + std::string(6, '\0'));
}

void cockroach_session::on_parse(const wire_message& message) {
    auto body = message.body();
    const auto name = take_text(body);
    const auto text = take_text(body);
    if (!name.empty()) {
        give_up_retry();  // it would be there already
    }
    if (!look_) {
        forward(message.bytes, expected{.request = 'P'});
        return;
    }
    const bool empty = statements_of(text).empty();
    auto one = empty ? prepared{.sql = std::string{text}} : prepare(text);
    forward(wire_message_of('P', wire_text(name) + wire_text(one.sql) + std::string{body}),
            expected{.request = 'P'});
    statements_[std::string{name}] = std::move(one);
}

void cockroach_session::on_bind(const wire_message& message) {
    auto body = message.body();
    const auto name = take_text(body);
    const auto statement = statements_.find(take_text(body));
    auto& made = portals_[std::string{name}];
    made.statement = statement == statements_.end() ? prepared{} : statement->second;
    made.bind = made.statement.defines ? message.bytes : "";
    forward(message.bytes, expected{.request = 'B'});
}

void cockroach_session::on_close(const wire_message& message) {
    auto body = message.body();
    const bool statement = !body.empty() && body.front() == 'S';
    body.remove_prefix(std::min<std::size_t>(1, body.size()));
    const std::string name{take_text(body)};
    if (statement) {
        statements_.erase(name);
    } else {
        portals_.erase(name);
    }
    forward(message.bytes, expected{.request = 'C'});
}

void cockroach_session::on_execute(const wire_message& message) {
    auto body = message.body();
    const auto found = portals_.find(take_text(body));
    if (!look_ || found == portals_.end()) {
        forward(message.bytes, expected{.request = 'E', .steps = {step{}}});
        return;
    }
    const auto& one = found->second.statement;
    const auto what = disturb(one);
    const bool commits = !what.error && commits_first(one);
    entered(one);
    if (what.cuts) {
        cut_ = true;
        return;
    }
    if (what.error) {
        if (what.rolls_back) {
            end_extended("ROLLBACK");
        }
        forward(failing_bind(*what.error), expected{.request = 'B'});
        return;
    }
    if (commits) {
        end_extended("COMMIT");
        forward(found->second.bind, expected{.request = 'B', .hidden = true});
    }
    forward(message.bytes, expected{.request = 'E',
                                    .steps = {{.after = what.after,
                                               .tag = one.tag,
                                               .notice = commits ? commits_words : one.notice}}});
}

/// Ends the transaction, unseen by the client.
void cockroach_session::end_extended(const std::string& word) {
    const auto name = wire_text(own_name);
    const auto send = [&](char type, const std::string& body) {
        forward(wire_message_of(type, body),
                expected{.request = type, .hidden = true, .steps = {{.hidden = true}}});
    };
    send('C', "S" + name);
    send('P', name + wire_text(word) + std::string(2, '\0'));
    send('B', name + name + std::string(6, '\0'));
    send('E', name + wire_number(0));
}

}  // namespace leasehold::test
