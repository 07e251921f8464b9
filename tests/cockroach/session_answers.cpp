// What a server answers: see session.hpp.

#include "tests/cockroach/error_words.hpp"
#include "tests/cockroach/session.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace leasehold::test {

namespace {

/// Answers up to here are kept back, so that the server may run the statement again.
/// Source: CockroachDB's documentation of transactions, "Automatic retries".
constexpr std::size_t held_max = 16'384;
constexpr int attempts_max = 10;

/// What a CockroachDB reports at the start of a session, beside its own version.
/// Source: CockroachDB's pkg/sql/pgwire/conn.go, statusReportParams.
constexpr std::array<std::string_view, 11> reported{"server_version",
                                                    "server_encoding",
                                                    "client_encoding",
                                                    "application_name",
                                                    "DateStyle",
                                                    "IntervalStyle",
                                                    "is_superuser",
                                                    "TimeZone",
                                                    "session_authorization",
                                                    "integer_datetimes",
                                                    "standard_conforming_strings"};

std::string status_message(std::string_view name, std::string_view value) {
    return wire_message_of('S', wire_text(name) + wire_text(value));
}

}  // namespace

void cockroach_session::from_server(std::string_view bytes) {
    if (phase_ == phase::raw) {
        to_client += bytes;
        return;
    }
    answers_.add(bytes);
    while (!cut_) {
        const auto answer = answers_.next();
        if (!answer) {
            return;
        }
        phase_ == phase::running ? on_answer(*answer) : on_start(*answer);
    }
}

void cockroach_session::on_start(const wire_message& answer) {
    if (answer.type == 'S') {
        on_status(answer);
        return;
    }
    const bool ready = answer.type == 'Z';
    if (ready && look_) {
        to_client += status_message("crdb_version", look_->version_text());
    }
    to_client += answer.bytes;
    if (ready) {
        phase_ = phase::running;
        pump();
    }
}

void cockroach_session::on_status(const wire_message& answer) {
    auto body = answer.body();
    const auto name = take_text(body);
    const auto value = take_text(body);
    application_name_ = name == "application_name" ? value : application_name_;
    if (!look_) {
        to_client += answer.bytes;
    } else if (name == "server_version") {
        to_client += status_message(name, look_->server_version());
    } else if (std::find(reported.begin(), reported.end(), name) != reported.end()) {
        to_client += answer.bytes;
    }
}

void cockroach_session::on_answer(const wire_message& answer) {
    switch (answer.type) {
        case 'S': on_status(answer); break;
        case 'A': to_client += answer.bytes; break;
        case 'E': on_error(answer); break;
        case 'Z': on_ready(answer); break;
        case 'C':
        case 'I':
        case 's': on_complete(answer); break;
        case 'G':
        case 'H':
        case 'W': on_copy(answer); break;
        case '1':
        case '2':
        case '3':
            emit(answer.bytes);
            pop();
            break;
        case 'T':
        case 'n':
            emit(answer.bytes);
            if (!expects_.empty() && expects_.front().request == 'D') {
                pop();
            }
            break;
        default: emit(answer.bytes);
    }
}

bool cockroach_session::hidden() const {
    return swallows_ || (!expects_.empty() && expects_.front().hidden);
}

void cockroach_session::pop() {
    if (!expects_.empty()) {
        expects_.pop_front();
    }
}

void cockroach_session::emit(std::string_view bytes) {
    if (hidden()) {
        return;
    }
    if (!may_retry_) {
        to_client += bytes;
        return;
    }
    held_ += bytes;
    if (held_.size() > held_max) {
        give_up_retry();
    }
}

/// From here on the client sees what the server says when it says it.
void cockroach_session::give_up_retry() {
    if (may_retry_ && !retries_) {
        may_retry_ = false;
        to_client += held_;
        held_.clear();
    }
}

void cockroach_session::on_complete(const wire_message& answer) {
    step one{};
    const bool query = !expects_.empty() && expects_.front().request == 'Q';
    if (!expects_.empty() && !expects_.front().steps.empty()) {
        one = expects_.front().steps.front();
        expects_.front().steps.pop_front();
    }
    auto body = answer.body();
    const bool rolled_back = take_text(body) == "ROLLBACK";
    if (one.after != fate::none && !rolled_back) {
        give_up_retry();  // it must not be carried out twice
        if (one.after == fate::lost) {
            loses_ = true;
        } else {
            faults_.happened(fault::ambiguous_committed);
            emit(error_message("40003", "result is ambiguous: connection to the leaseholder lost"));
        }
        swallows_ = true;
    } else if (!one.hidden) {
        if (!one.notice.empty()) {
            emit(warning_message(one.notice));
        }
        emit(one.tag.empty() ? answer.bytes : wire_message_of('C', wire_text(one.tag)));
    }
    if (!query) {
        pop();
    }
}

std::optional<std::size_t> cockroach_session::planned_in(const std::string& message) const {
    const auto mark = name_of(0).substr(0, name_of(0).size() - 1);
    const auto at = message.find(mark);
    if (at == std::string::npos) {
        return std::nullopt;
    }
    std::size_t number = 0;
    for (auto i = at + mark.size(); i < message.size(); ++i) {
        if (std::isdigit(static_cast<unsigned char>(message[i])) == 0) {
            break;
        }
        number = number * 10 + static_cast<std::size_t>(message[i] - '0');
    }
    return number < errors_.size() ? std::optional{number} : std::nullopt;
}

void cockroach_session::on_error(const wire_message& answer) {
    const auto fields = fields_of(answer);
    const auto message = fields.find('M');
    const auto planned = message == fields.end() ? std::nullopt : planned_in(message->second);
    // An error is shown whatever was hidden around it, but not after another.
    if (!expects_.empty()) {
        expects_.front().hidden = false;
    }
    if (planned) {
        const auto& error = errors_[*planned];
        if (error.of && !swallows_) {
            faults_.happened(*error.of);
        }
        emit(error_message(error.sqlstate, error.message, error.hint));
    } else if (may_retry_ && is_restart(fields) && attempts_ < attempts_max) {
        retries_ = true;
    } else {
        emit(look_ ? as_cockroach_error(answer, *look_) : answer.bytes);
    }
    if (expects_.empty() || expects_.front().request == 'Q') {
        return;
    }
    while (!expects_.empty() && expects_.front().request != 'S') {
        pop();
    }
    skips_ = expects_.empty();
}

void cockroach_session::on_copy(const wire_message& answer) {
    give_up_retry();
    emit(answer.bytes);
    const bool extended = !expects_.empty() && expects_.front().request == 'E';
    if (answer.type == 'G' && extended) {
        // The server pays no heed to a Sync that comes while it waits for rows; the client sends
        // another behind them.
        expects_.erase(std::next(expects_.begin()), expects_.end());
        asked_ = false;
    }
}

void cockroach_session::on_ready(const wire_message& answer) {
    const auto body = answer.body();
    status_ = body.empty() ? 'I' : body.front();
    in_transaction_ = status_ != 'I';
    skips_ = false;
    if (retries_) {
        retries_ = false;
        ++attempts_;
        faults_.note("run again by the server");
        held_.clear();
        expects_ = record_;
        to_server += sent_;
        return;
    }
    if (loses_) {
        faults_.happened(fault::lost_after_commit);
        cut_ = true;
        return;
    }
    swallows_ = false;
    expects_.clear();
    give_up_retry();
    to_client += answer.bytes;
    in_batch_ = false;
    asked_ = false;
    pump();
}

}  // namespace leasehold::test
