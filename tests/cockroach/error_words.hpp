#pragma once

#include "tests/cockroach/translation.hpp"
#include "tests/support/wire_messages.hpp"

#include <map>
#include <string>
#include <string_view>

namespace leasehold::test {

/// The fields of an ErrorResponse or NoticeResponse, by their letters: C is the SQLSTATE, M the
/// message, W the context, H the hint.
using error_fields = std::map<char, std::string>;

error_fields fields_of(const wire_message& error);

/// An ErrorResponse.
std::string error_message(const std::string& sqlstate, const std::string& message,
                          const std::string& hint = {});
/// A NoticeResponse that warns.
std::string warning_message(const std::string& message);

/// The words with which CockroachDB asks for a transaction to be run again.
std::string restart_words(std::string_view reason, std::string_view why = {});
std::string restart_hint(const cockroach_look& look);

/// What a CockroachDB would have said where PostgreSQL said `error`.
std::string as_cockroach_error(const wire_message& error, const cockroach_look& look);

/// Was it rolled back, and may be run again?
bool is_restart(const error_fields& error);

}  // namespace leasehold::test
