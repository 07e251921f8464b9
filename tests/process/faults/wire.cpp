#include "tests/process/faults/wire.hpp"

#include <utility>

namespace leasehold::test {

std::optional<request> request_reader::next() {
    auto message = messages_.next();
    if (!message) {
        return std::nullopt;
    }
    request one;
    if (message->type != '\0') {
        look_at(*message, one);
    } else if (const auto body = message->body(); number_at(body, 0) == startup_packet) {
        messages_.expect_types();
        for (const auto& [name, value] : startup_values(body)) {
            application_name_ = name == "application_name" ? value : application_name_;
        }
    }  // else a question, for TLS say, that comes before it
    one.bytes = std::move(message->bytes);
    return one;
}

/// @return whether it is committed as soon as the server has read it
bool request_reader::executed(statement_kind kind) {
    if (kind == statement_kind::begins) {
        in_transaction_ = true;
    } else if (kind == statement_kind::commits || kind == statement_kind::drops) {
        in_transaction_ = false;
    } else if (kind == statement_kind::changes && !in_transaction_) {
        changed_alone_ = true;
    }
    return kind == statement_kind::commits;
}

void request_reader::look_at(const wire_message& message, request& one) {
    const char type = message.type;
    auto body = message.body();
    if (type == 'Q') {
        one.commits = executed(kind_of(take_text(body))) || std::exchange(changed_alone_, false);
    } else if (type == 'P') {
        const auto name = take_text(body);
        statements_[std::string{name}] = kind_of(take_text(body));
    } else if (type == 'B') {
        const auto portal = take_text(body);
        const auto statement = statements_.find(take_text(body));
        portals_[std::string{portal}] =
            statement == statements_.end() ? statement_kind::other : statement->second;
    } else if (type == 'E') {
        const auto portal = portals_.find(take_text(body));
        one.commits = portal != portals_.end() && executed(portal->second);
        one.extended = true;
    } else if (type == 'S') {
        one.commits = std::exchange(changed_alone_, false);
    }
}

}  // namespace leasehold::test
