package io.ztunnel.sandbox.waypoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

class EndpointHealthTest {
    private static final Endpoint A = endpoint(1);
    private static final Endpoint B = endpoint(2);
    private static final Endpoint C = endpoint(3);
    private static final Endpoint D = endpoint(4);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final EndpointHealth health = new EndpointHealth(now::get);

    private static Endpoint endpoint(int number) {
        return new Endpoint(TestMesh.address("10.0.0." + number, 80), true);
    }

    private void fail(Endpoint endpoint, int times) {
        for (int i = 0; i < times; i++) {
            health.failed(endpoint);
        }
    }

    private void pass(Duration time) {
        now.updateAndGet(then -> then.plus(time));
    }

    @Test
    void aFewFailuresAreForgiven() {
        fail(A, EndpointHealth.FAILURES - 1);

        assertThat(health.candidates(List.of(A, B))).containsExactly(A, B);
    }

    @Test
    void aDeadEndpointIsLeftAloneForAWhileAndThenTriedAgain() {
        fail(A, EndpointHealth.FAILURES);

        assertThat(health.candidates(List.of(A, B))).containsExactly(B);
        pass(EndpointHealth.FIRST_EJECTION.minusMillis(1));
        assertThat(health.candidates(List.of(A, B))).containsExactly(B);
        pass(Duration.ofMillis(1));
        assertThat(health.candidates(List.of(A, B))).containsExactly(A, B);
    }

    @Test
    void eachFurtherFailureLeavesItAloneLongerUpToALimit() {
        fail(A, EndpointHealth.FAILURES + 1);
        pass(EndpointHealth.FIRST_EJECTION.plusMillis(1));
        assertThat(health.candidates(List.of(A, B))).containsExactly(B);

        fail(A, 100);
        pass(EndpointHealth.LONGEST_EJECTION);
        assertThat(health.candidates(List.of(A, B))).containsExactly(A, B);
    }

    @Test
    void oneThatIsReachedIsAsGoodAsNew() {
        fail(A, EndpointHealth.FAILURES + 5);
        health.reached(A);
        fail(A, EndpointHealth.FAILURES - 1);

        assertThat(health.candidates(List.of(A, B))).containsExactly(A, B);
    }

    @Test
    void neverAreMoreThanHalfLeftAlone() {
        fail(A, EndpointHealth.FAILURES);
        fail(B, EndpointHealth.FAILURES);
        assertThat(health.candidates(List.of(A, B, C, D))).containsExactly(C, D);

        fail(C, EndpointHealth.FAILURES);
        assertThat(health.candidates(List.of(A, B, C, D))).containsExactly(A, B, C, D);
        assertThat(health.candidates(List.of(A))).containsExactly(A);
    }
}
