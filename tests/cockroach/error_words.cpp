#include "tests/cockroach/error_words.hpp"

namespace leasehold::test {

namespace {

std::string message_of(char type, const error_fields& fields) {
    std::string body;
    for (const auto& [letter, text] : fields) {
        body += letter + wire_text(text);
    }
    body += '\0';
    return wire_message_of(type, body);
}

}  // namespace

error_fields fields_of(const wire_message& error) {
    error_fields fields;
    for (auto body = error.body(); !body.empty() && body.front() != '\0';) {
        const char letter = body.front();
        body.remove_prefix(1);
        fields[letter] = take_text(body);
    }
    return fields;
}

std::string error_message(const std::string& sqlstate, const std::string& message,
                          const std::string& hint) {
    error_fields fields{{'S', "ERROR"}, {'V', "ERROR"}, {'C', sqlstate}, {'M', message}};
    if (!hint.empty()) {
        fields['H'] = hint;
    }
    return message_of('E', fields);
}

std::string warning_message(const std::string& message) {
    return message_of('N', {{'S', "WARNING"}, {'V', "WARNING"}, {'C', "01000"}, {'M', message}});
}

std::string restart_words(std::string_view reason, std::string_view why) {
    std::string text{"restart transaction: TransactionRetryWithProtoRefreshError: "};
    text.append(reason);
    return why.empty() ? text : text.append(": ").append(why);
}

std::string restart_hint(const cockroach_look& look) {
    return "See: https://www.cockroachlabs.com/docs/v" + std::to_string(look.release.year) + "." +
           std::to_string(look.release.number) + "/transaction-retry-error-reference.html";
}

bool is_restart(const error_fields& error) {
    const auto code = error.find('C');
    return code != error.end() && (code->second == "40001" || code->second == "40P01");
}

std::string as_cockroach_error(const wire_message& error, const cockroach_look& look) {
    auto fields = fields_of(error);
    if (!is_restart(fields)) {
        return error.bytes;
    }
    // PostgreSQL's check of a foreign key is a statement of its own, which the context names.
    const bool checks_key = fields['W'].find("FOR KEY SHARE") != std::string::npos;
    if (fields['C'] == "40001" && checks_key && look.key_checks_refuse) {
        return error_message("23503",
                             "violates foreign key constraint: the row referred to is gone (" +
                                 fields['M'] + ")");
    }
    const auto reason = fields['C'] == "40P01"
                            ? "TransactionAbortedError(ABORT_REASON_PUSHER_ABORTED)"
                            : "TransactionRetryError: retry txn (RETRY_SERIALIZABLE)";
    fields['M'] = restart_words(reason, fields['M']);
    fields['C'] = "40001";
    fields['H'] = restart_hint(look);
    return message_of('E', fields);
}

}  // namespace leasehold::test
