package io.ztunnel.xds;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerNamesTest {
    @ParameterizedTest
    @CsvSource({
        "istiod.istio-system.svc,istiod.istio-system.svc,true",
        "Istiod.istio-system.SVC,istiod.ISTIO-system.svc,true",
        "istiod.istio-system.svc,istiod,false",
        "*.istio-system.svc,istiod.istio-system.svc,true",
        "*.istio-system.svc,a.b.istio-system.svc,false",
        "*.istio-system.svc,istio-system.svc,false",
        "*.svc,istiod.svc,false",
        "istiod.*.svc,istiod.x.svc,false",
        "i*.ns.svc,istiod.ns.svc,false",
    })
    void aWildcardIsOneWholeLeftmostLabel(String pattern, String host, boolean match) {
        assertThat(ServerNames.matchesDns(pattern, host)).isEqualTo(match);
    }
}
