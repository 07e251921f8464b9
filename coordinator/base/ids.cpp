#include <leasehold/ids.hpp>

#include <boost/uuid/uuid_io.hpp>

namespace leasehold {

namespace {

constexpr int no_digit = -1;

int digit_of(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const int letter = (c | ' ') - 'a';
    return letter >= 0 && letter < 6 ? letter + 10 : no_digit;
}

}  // namespace

std::string to_text(const boost::uuids::uuid& value) { return boost::uuids::to_string(value); }

std::optional<boost::uuids::uuid> uuid_from(std::string_view text) {
    if (text.size() >= 2 && text.front() == '{' && text.back() == '}') {
        text = text.substr(1, text.size() - 2);
    }
    boost::uuids::uuid value{};
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        // A hyphen may stand between groups of four digits, as in PostgreSQL.
        if (c == '-' && digits > 0 && digits % 4 == 0 && text[i - 1] != '-' && digits < 32) {
            continue;
        }
        const int nibble = digit_of(c);
        if (nibble == no_digit || digits == 32) {
            return std::nullopt;
        }
        auto& byte = value.data[digits / 2];
        byte = static_cast<std::uint8_t>(digits % 2 == 0 ? nibble << 4 : byte | nibble);
        ++digits;
    }
    if (digits != 32) {
        return std::nullopt;
    }
    return value;
}

}  // namespace leasehold
