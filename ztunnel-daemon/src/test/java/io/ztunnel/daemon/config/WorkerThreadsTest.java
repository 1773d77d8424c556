package io.ztunnel.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.HashMap;
import java.util.Map;

class WorkerThreadsTest {
    /** Columns: threads, concurrency, CPU limit, container limit, request, processors, result. */
    @ParameterizedTest
    @CsvSource({
        "4,,,,,8,4", // a count
        "0,,,,,8,8", // 0 is all
        "50%,,,,,8,4",
        "1%,,,,,8,1", // never none
        "10%,,,,,12,2", // rounded up
        "100%,,,,,3,3",
        "50%,,6,,,64,3", // of the CPUs that we may use
        "50%,,6,10,,64,5", // the container's limit is the truth
        "2,7,,4,,8,2", // the variable wins over all
        ",7,,4,,8,7", // then concurrency
        ",0,,,,8,8",
        ",,,4,,64,4", // then the limit
        ",,,500m,,64,1",
        ",,,1500m,3,64,3", // but not less than the request
        ",,,,,8,2", // a quarter of the machine
        ",,,,,4,2", // at least two
        ",,,,,9,3", // rounded up
        ",,32,,,8,8",
        ",,,,6,8,6",
        ",,,,1.5,4,2",
    })
    void countFollowsTheFirstRuleThatApplies(
            @Nullable String threads,
            @Nullable Integer concurrency,
            @Nullable String cpuLimit,
            @Nullable String containerLimit,
            @Nullable String request,
            int processors,
            int expected) {
        Map<String, String> env = new HashMap<>();
        put(env, "ZTUNNEL_WORKER_THREADS", threads);
        put(env, "ZTUNNEL_CPU_LIMIT", cpuLimit);
        put(env, "ZTUNNEL_RESOURCE_CPU_LIMIT", containerLimit);
        put(env, "ZTUNNEL_RESOURCE_CPU_REQUEST", request);

        assertThat(WorkerThreads.count(new Environment(env), concurrency, processors))
                .isEqualTo(expected);
    }

    private static void put(Map<String, String> env, String name, @Nullable String value) {
        if (value != null) {
            env.put(name, value);
        }
    }
}
