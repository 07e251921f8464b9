#include "tests/process/faults/wire.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <utility>

namespace leasehold::test {

namespace {

constexpr std::uint32_t protocol_3 = 196'608;
constexpr std::size_t length_size = 4;

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < length_size; ++i) {
        value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
}

/// The text up to the next zero byte, which is taken off with it.
std::string_view take_text(std::string_view& bytes) {
    const auto end = std::min(bytes.find('\0'), bytes.size());
    const auto text = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    return text;
}

}  // namespace

statement_kind kind_of(std::string_view statement) {
    while (!statement.empty() && std::isspace(static_cast<unsigned char>(statement.front())) != 0) {
        statement.remove_prefix(1);
    }
    std::string word;
    for (const char c : statement) {
        if (std::isalpha(static_cast<unsigned char>(c)) == 0) {
            break;
        }
        word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    if (word == "BEGIN" || word == "START") {
        return statement_kind::begins;
    }
    if (word == "COMMIT" || word == "END") {
        return statement_kind::commits;
    }
    if (word == "ROLLBACK" || word == "ABORT") {
        return statement_kind::drops;
    }
    const auto has = [&](const char* words) {
        return statement.find(words) != std::string_view::npos;
    };
    const bool changes =
        has("DELETE FROM ") || has("INSERT INTO ") || (has("UPDATE ") && has(" SET "));
    return changes ? statement_kind::changes : statement_kind::other;
}

std::string sync_message() { return {"S\0\0\0\4", 5}; }

std::optional<request> request_reader::next() {
    if (!started_) {
        return first_packet();
    }
    if (waiting_.size() < 1 + length_size) {
        return std::nullopt;
    }
    const std::size_t size = 1 + number_at(waiting_, 1);
    if (waiting_.size() < size) {
        return std::nullopt;
    }
    request one{.bytes = waiting_.substr(0, size)};
    waiting_.erase(0, size);
    look_at(one);
    return one;
}

/// A packet without a type: the startup, or a question (for TLS, say) that comes before it.
std::optional<request> request_reader::first_packet() {
    if (waiting_.size() < 2 * length_size || waiting_.size() < number_at(waiting_, 0)) {
        return std::nullopt;
    }
    request one{.bytes = waiting_.substr(0, number_at(waiting_, 0))};
    waiting_.erase(0, one.bytes.size());
    if (number_at(one.bytes, length_size) == protocol_3) {
        started_ = true;
        start_up(std::string_view{one.bytes}.substr(2 * length_size));
    }
    return one;
}

void request_reader::start_up(std::string_view packet) {
    while (!packet.empty() && packet.front() != '\0') {
        const auto name = take_text(packet);
        const auto value = take_text(packet);
        if (name == "application_name") {
            application_name_ = value;
        }
    }
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

void request_reader::look_at(request& one) {
    const char type = one.bytes.front();
    auto body = std::string_view{one.bytes}.substr(1 + length_size);
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
