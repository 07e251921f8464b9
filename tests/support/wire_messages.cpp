#include "tests/support/wire_messages.hpp"

#include <algorithm>

namespace leasehold::test {

namespace {
constexpr std::size_t length_size = 4;
constexpr std::size_t keep_max = 65'536;  ///< bytes handed out already and not yet forgotten
}  // namespace

std::string_view wire_message::body() const noexcept {
    const auto head = length_size + (type == '\0' ? 0 : 1);
    return std::string_view{bytes}.substr(std::min(head, bytes.size()));
}

std::optional<char> message_reader::next_type() const noexcept {
    return size() == 0 ? std::nullopt : std::optional{typed_ ? waiting_[begin_] : '\0'};
}

std::optional<wire_message> message_reader::next() {
    const std::size_t head = (typed_ ? 1U : 0U) + length_size;
    if (size() < head) {
        return std::nullopt;
    }
    const auto stated = number_at(waiting_, begin_ + head - length_size);
    // A length counts itself; what says less is no message, and is handed out as its head alone.
    const auto whole = std::max<std::size_t>(head - length_size + stated, head);
    if (size() < whole) {
        return std::nullopt;
    }
    wire_message one{.type = typed_ ? waiting_[begin_] : '\0',
                     .bytes = waiting_.substr(begin_, whole)};
    begin_ += whole;
    if (begin_ == waiting_.size()) {
        waiting_.clear();
        begin_ = 0;
    } else if (begin_ > keep_max && begin_ > waiting_.size() / 2) {
        waiting_.erase(0, begin_);
        begin_ = 0;
    }
    return one;
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) noexcept {
    if (at + length_size > bytes.size()) {
        return 0;
    }
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < length_size; ++i) {
        value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
}

std::string_view take_text(std::string_view& bytes) noexcept {
    const auto end = std::min(bytes.find('\0'), bytes.size());
    const auto text = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    return text;
}

std::vector<std::pair<std::string, std::string>> startup_values(std::string_view body) {
    std::vector<std::pair<std::string, std::string>> values;
    body.remove_prefix(std::min(length_size, body.size()));  // the protocol's number
    while (!body.empty() && body.front() != '\0') {
        const auto name = take_text(body);
        values.emplace_back(name, take_text(body));
    }
    return values;
}

std::string wire_number(std::size_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xffU);
    }
    return bytes;
}

std::string wire_text(std::string_view words) { return std::string{words} + '\0'; }

std::string wire_packet_of(std::string_view body) {
    return wire_number(body.size() + length_size).append(body);
}

std::string wire_message_of(char type, std::string_view body) {
    return type + wire_packet_of(body);
}

std::string sync_message() { return wire_message_of('S', ""); }

}  // namespace leasehold::test
