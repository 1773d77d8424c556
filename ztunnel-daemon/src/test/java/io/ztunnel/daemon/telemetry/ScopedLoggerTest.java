package io.ztunnel.daemon.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ScopedLoggerTest {
    private final CapturedLog log = new CapturedLog(LogFormat.PLAIN);

    @Test
    void slf4jCallsBecomeLinesOfTheirScope() {
        ScopedLogger logger = log.logger("io.ztunnel.daemon.proxy.Inbound");
        logger.info("listening on {}", 15008);
        logger.debug("not shown");
        logger.atWarn()
                .addKeyValue("name", "a b")
                .addKeyValue("count", 3)
                .addKeyValue("addr", new HostPort(IpAddress.parse("10.0.0.1"), 80))
                .log("odd {}", "thing");

        assertThat(log.lines())
                .extracting(line -> line.split("\t", 2)[1])
                .containsExactly(
                        "info\tproxy::Inbound\tlistening on 15008",
                        "warn\tproxy::Inbound\todd thing\tname=\"a b\" count=3 addr=10.0.0.1:80");
    }

    @Test
    void aChangeOfTheFilterIsSeenAtOnce() {
        ScopedLogger logger = log.logger("dns");
        assertThat(logger.isDebugEnabled()).isFalse();
        log.filter.update("dns=debug");
        assertThat(logger.isDebugEnabled()).isTrue();
        log.filter.reset();
        assertThat(logger.isDebugEnabled()).isFalse();
    }

    @Test
    void slf4jFindsOurProvider() {
        assertThat(LoggerFactory.getLogger("access")).isInstanceOf(ScopedLogger.class);
    }
}
