#include <leasehold/options.hpp>

#include <stdexcept>
#include <string>

namespace leasehold {

namespace {

void require(bool holds, const std::string& member, const std::string& value,
             const std::string& range) {
    if (!holds) {
        throw std::invalid_argument(member + " is " + value + "; it must be " + range);
    }
}

std::string ms(milliseconds value) { return std::to_string(value.count()) + " ms"; }

}  // namespace

session_options validated(session_options options) {
    using namespace std::chrono_literals;
    require(options.name.size() <= 200, "the session name",
            std::to_string(options.name.size()) + " bytes long", "at most 200 bytes");
    require(options.name.find('\0') == std::string::npos, "the session name",
            "text with a NUL byte", "text without one");
    require(options.ttl >= 1s && options.ttl <= 5min, "ttl", ms(options.ttl),
            "1000 ms to 300000 ms");
    require(options.margin >= 200ms && options.margin <= options.ttl / 2, "margin",
            ms(options.margin), "200 ms to half the ttl, " + ms(options.ttl / 2));
    require(options.weight >= 1 && options.weight <= 1000, "weight", std::to_string(options.weight),
            "1 to 1000");
    return options;
}

lease_options validated(lease_options options) {
    using namespace std::chrono_literals;
    require(options.watch >= 50ms && options.watch <= 10s, "watch", ms(options.watch),
            "50 ms to 10000 ms");
    require(options.settle >= 10ms && options.settle <= options.watch, "settle", ms(options.settle),
            "10 ms to watch, " + ms(options.watch));
    require(options.drain >= 0ms && options.drain <= 1h, "leases.drain", ms(options.drain),
            "0 ms to 3600000 ms");
    require(options.weigh >= 100ms && options.weigh <= 1min, "weigh", ms(options.weigh),
            "100 ms to 60000 ms");
    return options;
}

work_options validated(work_options options) {
    using namespace std::chrono_literals;
    require(options.slots >= 1 && options.slots <= 1024, "slots", std::to_string(options.slots),
            "1 to 1024");
    require(options.claims_max >= 1 && options.claims_max <= 10'000, "claims_max",
            std::to_string(options.claims_max), "1 to 10000");
    require(options.poll >= 10ms && options.poll <= 60s, "poll", ms(options.poll),
            "10 ms to 60000 ms");
    require(options.drain >= 0ms && options.drain <= 1h, "drain", ms(options.drain),
            "0 ms to 3600000 ms");
    require(options.stop_grace >= 0ms && options.stop_grace <= 1h, "stop_grace",
            ms(options.stop_grace), "0 ms to 3600000 ms");
    return options;
}

worker_options validated(worker_options options) {
    options.session = validated(options.session);
    options.leases = validated(options.leases);
    options.work = validated(options.work);
    return options;
}

}  // namespace leasehold
