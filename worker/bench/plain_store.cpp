#include "worker/bench/plain_store.hpp"

#include "sql/sql_failure.hpp"

#include <pqxx/pqxx>

#include <utility>

namespace leasehold::bench {

namespace {

class ear : public pqxx::notification_receiver {
public:
    using notification_receiver::notification_receiver;
    void operator()(const std::string& /*payload*/, int /*pid*/) override { heard = true; }
    bool heard{false};
};

plain_answer answer_of(const pqxx::result& rows) {
    plain_answer answer{.changed = static_cast<std::int64_t>(rows.affected_rows())};
    answer.first_column.reserve(rows.size());
    for (const auto& row : rows) {
        answer.first_column.emplace_back(row[0].c_str());
    }
    return answer;
}

template <class Call>
auto sorted(sql_stage stage, Call call) {
    try {
        return call();
    } catch (const std::exception& error) {
        throw classified(error, stage);
    }
}

}  // namespace

struct plain_connection::inside {
    explicit inside(const std::string& text) : session(text) {}

    pqxx::connection session;
    std::unique_ptr<pqxx::transaction_base> open{};
    std::unique_ptr<ear> listening{};

    template <class Call>
    plain_answer in_transaction(Call call) {
        return sorted(sql_stage::body, [&] {
            if (open != nullptr) {
                return answer_of(call(*open));
            }
            pqxx::nontransaction alone{session};
            return answer_of(call(alone));
        });
    }
};

plain_connection::plain_connection(const dsn& where) {
    inside_ = sorted(sql_stage::connecting, [&] {
        const connect_options options{.application_name = "leasehold bench worker"};
        return std::make_unique<inside>(where.with_defaults(options));
    });
}

plain_connection::~plain_connection() = default;

void plain_connection::prepare(const std::string& name, const std::string& statement) {
    sorted(sql_stage::body, [&] { inside_->session.prepare(name, statement); });
}

void plain_connection::begin(plain_isolation level) {
    auto& session = inside_->session;
    inside_->open = sorted(sql_stage::body, [&]() -> std::unique_ptr<pqxx::transaction_base> {
        using pqxx::isolation_level;
        switch (level) {
            case plain_isolation::read_committed: return std::make_unique<pqxx::work>(session);
            case plain_isolation::repeatable_read:
                return std::make_unique<pqxx::transaction<isolation_level::repeatable_read>>(
                    session);
            case plain_isolation::serializable:
                return std::make_unique<pqxx::transaction<isolation_level::serializable>>(session);
        }
        throw std::logic_error("no such isolation level");
    });
}

void plain_connection::commit() {
    const auto ending = std::move(inside_->open);
    sorted(sql_stage::commit, [&] { ending->commit(); });
}

void plain_connection::roll_back() noexcept { inside_->open.reset(); }

plain_answer plain_connection::run(const std::string& name,
                                   const std::vector<std::string>& values) {
    return inside_->in_transaction([&](pqxx::transaction_base& tx) {
        return tx.exec_prepared(name, pqxx::prepare::make_dynamic_params(values));
    });
}

plain_answer plain_connection::run_text(const std::string& statement) {
    return inside_->in_transaction([&](pqxx::transaction_base& tx) { return tx.exec(statement); });
}

std::vector<enqueued> plain_connection::enqueue(const queue_info& queue,
                                                std::span<const new_item> items) {
    return sorted(sql_stage::body, [&] {
        pqxx::nontransaction alone{inside_->session};
        return leasehold::enqueue(alone, queue, items);
    });
}

void plain_connection::listen(const std::string& channel) {
    sorted(sql_stage::body,
           [&] { inside_->listening = std::make_unique<ear>(inside_->session, channel); });
}

void plain_connection::await_notice(milliseconds longest) {
    sorted(sql_stage::body, [&] {
        auto& heard = inside_->listening->heard;
        inside_->session.get_notifs();
        if (!std::exchange(heard, false)) {
            const auto us = std::chrono::microseconds{longest}.count();
            inside_->session.await_notification(us / 1'000'000, static_cast<long>(us % 1'000'000));
            heard = false;
        }
    });
}

std::string sql_array(const std::vector<std::string>& values) {
    std::string text = "{";
    for (const auto& one : values) {
        text += (text.size() > 1 ? "," : "") + one;
    }
    return text + "}";
}

}  // namespace leasehold::bench
