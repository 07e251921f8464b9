#include "sql/dsn.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

namespace leasehold {

namespace {

std::optional<std::map<std::string, std::string>> parsed(const std::string& text) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
        PQconninfoParse(text.c_str(), nullptr), &PQconninfoFree};
    if (options == nullptr) {
        return std::nullopt;
    }
    std::map<std::string, std::string> given;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) {
            given.emplace(option->keyword, option->val);
        }
    }
    return given;
}

/// A value between quotes, as a libpq keyword/value string wants it.
std::string conninfo_quoted(std::string_view value) {
    std::string result = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return result + "'";
}

}  // namespace

dsn::dsn(std::string_view text) : text_(text) {
    if (text_.empty()) {
        throw std::invalid_argument(
            "no database is named: give --dsn, or set LEASEHOLD_DSN to postgresql://USER@HOST/DB");
    }
    // libpq's own words may quote the string, and with it a password.
    if (text.find('\0') != std::string_view::npos || !parsed(text_)) {
        throw std::invalid_argument(
            "the DSN cannot be read: write postgresql://USER:PASSWORD@HOST:PORT/DB or "
            "host=HOST port=PORT user=USER dbname=DB, and escape special characters (%40 for @)");
    }
}

std::string dsn::with_defaults(const connect_options& options) const {
    auto given = *parsed(text_);
    const auto fallback = [&given](const char* keyword, const std::string& value) {
        given.emplace(keyword, value);
    };
    const auto silence = std::max<milliseconds>(options.silence_max, milliseconds{1'000});
    const auto seconds = std::max<milliseconds::rep>(2, silence.count() / 1000);
    fallback("fallback_application_name", options.application_name);
    fallback("connect_timeout", std::to_string(seconds));
    fallback("tcp_user_timeout", std::to_string(silence.count()));
    fallback("keepalives_idle", std::to_string(seconds));
    fallback("keepalives_interval", std::to_string(std::max<milliseconds::rep>(1, seconds / 3)));
    fallback("keepalives_count", "3");
    fallback("client_encoding", "UTF8");
    std::string text;
    for (const auto& [keyword, value] : given) {
        text += (text.empty() ? "" : " ") + keyword + "=" + conninfo_quoted(value);
    }
    return text;
}

std::string dsn::shown() const {
    static constexpr std::array<const char*, 4> harmless{"host", "port", "dbname", "user"};
    const auto given = *parsed(text_);
    std::string text;
    for (const char* keyword : harmless) {
        if (const auto found = given.find(keyword); found != given.end()) {
            text += (text.empty() ? "" : " ") + found->first + "=" + found->second;
        }
    }
    return text.empty() ? "the default host" : text;
}

}  // namespace leasehold
