package io.ztunnel.daemon.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

class LogFilterTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "info|info",
                "''|info",
                "nonsense=x|info",
                "info,access=debug|access=debug,info",
                "debug,a=info,abc=warn,ab=error,b=off|abc=warn,ab=error,b=off,a=info,debug",
                "warn,info|info",
                "access|access=trace",
                "INFO,ztunnel::proxy=DEBUG|ztunnel::proxy=debug,info",
                "' debug , dns=off '|dns=off,debug",
            })
    void theStartIsLenientAndRendersTheMostSpecificFirst(String startup, String rendered) {
        assertThat(LogFilter.startingWith(startup)).hasToString(rendered);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "debug|debug",
                "access=debug|access=debug,info",
                "access:debug|access=debug,info",
                "access:debug,warn|access=debug,warn",
                "warning|warn",
                "critical|error",
                "ztunnel::proxy=trace|ztunnel::proxy=trace,info",
                "ztunnel::proxy:trace|ztunnel::proxy=trace,info",
                "off|off",
            })
    void anUpdateAddsToTheCurrentDirectives(String update, String rendered) {
        LogFilter filter = LogFilter.startingWith("info");
        filter.update(update);
        assertThat(filter).hasToString(rendered);
    }

    @ParameterizedTest
    @ValueSource(strings = {"!", "loud", "access", "a=b=c", "=info", "a b=info", "a::b", "x="})
    void aWrongClauseChangesNothing(String update) {
        LogFilter filter = LogFilter.startingWith("warn,access=debug");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> filter.update("dns=trace," + update))
                .withMessageStartingWith("Invalid level provided: ");
        assertThat(filter).hasToString("access=debug,warn");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", " "})
    void anUpdateWithoutAnyClauseIsRefused(String update) {
        LogFilter filter = LogFilter.startingWith("warn");
        assertThatIllegalArgumentException().isThrownBy(() -> filter.update(update));
        assertThat(filter).hasToString("warn");
    }

    @Test
    void resetGoesBackToTheStartBeforeItAdds() {
        LogFilter filter = LogFilter.startingWith("warn,access=debug");
        filter.update("trace,dns=off");
        filter.reset("dns=error");
        assertThat(filter).hasToString("access=debug,dns=error,warn");
        filter.reset();
        assertThat(filter).hasToString("access=debug,warn");
    }

    @Test
    void tooManyDirectivesAreRefused() {
        LogFilter filter = LogFilter.startingWith("info");
        StringBuilder many = new StringBuilder("s0=info");
        for (int i = 1; i < 300; i++) {
            many.append(",s").append(i).append("=info");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> filter.update(many.toString()));
        assertThat(filter).hasToString("info");
    }

    @ParameterizedTest
    @CsvSource({
        "access,DEBUG,true",
        "access,TRACE,false",
        "io.ztunnel.daemon.proxy.Outbound,TRACE,true", // ztunnel::proxy
        "io.ztunnel.daemon.proxyfoo.X,TRACE,true", // a prefix, as the reference compares
        "io.ztunnel.xds.DeltaClient,INFO,true", // xds, our own without the prefix
        "io.ztunnel.xds.DeltaClient,DEBUG,false",
        "io.grpc.netty.NettyClient,WARN,true",
        "io.grpc.netty.NettyClient,INFO,false",
        "org.other,ERROR,true",
        "org.other,WARN,false",
        "dns,ERROR,false",
    })
    void theLongestMatchingScopeDecides(String logger, Level level, boolean enabled) {
        LogFilter filter =
                LogFilter.startingWith(
                        "error,access=debug,ztunnel::proxy=trace,xds=info,io::grpc=warn,dns=off");
        assertThat(filter.isEnabled(LogScope.of(logger), level)).isEqualTo(enabled);
    }

    @Test
    void scopesArePrintedWithoutOurPackage() {
        assertThat(LogScope.of("io.ztunnel.daemon.proxy.Outbound").name())
                .isEqualTo("proxy::Outbound");
        assertThat(LogScope.of("io.ztunnel.xds.Client").name()).isEqualTo("xds::Client");
        assertThat(LogScope.of("io.grpc.Channel").name()).isEqualTo("io::grpc::Channel");
    }
}
