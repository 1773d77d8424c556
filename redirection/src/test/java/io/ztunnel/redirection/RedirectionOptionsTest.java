package io.ztunnel.redirection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

class RedirectionOptionsTest {
    private static final RedirectionOptions DEFAULTS = RedirectionOptions.defaults();

    @ParameterizedTest
    @CsvSource({
        "1,true", "t,true", "T,true", "TRUE,true", "true,true", "True,true",
        "0,false", "f,false", "F,false", "FALSE,false", "false,false", "False,false"
    })
    void annotationsAreReadAsGoReadsThem(String value, boolean expected) {
        assertThat(annotated("ambient.istio.io/bypass-inbound-capture", value).ingressMode())
                .isEqualTo(expected);
        assertThat(
                        DEFAULTS.withDnsCapture(!expected)
                                .withAnnotations(Map.of("ambient.istio.io/dns-capture", value))
                                .dnsCapture())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yes", "tRUE", " true", "on"})
    void junkIsIgnored(String value) {
        assertThat(annotated("ambient.istio.io/bypass-inbound-capture", value)).isEqualTo(DEFAULTS);
        assertThat(annotated("ambient.istio.io/dns-capture", value)).isEqualTo(DEFAULTS);
    }

    @Test
    void virtualInterfacesAreTrimmedAndWhatIsNoNameIsDropped() {
        assertThat(
                        annotated(
                                        "istio.io/reroute-virtual-interfaces",
                                        " vm0 ,,br-lan.7, eth*, a\"b ,; drop,sixteen-letters0")
                                .virtualInterfaces())
                .containsExactly("vm0", "br-lan.7");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a b", "x\"; flush ruleset; \"", "eth*", "-x", "..", "sixteen-letters0"})
    void aNameThatCouldAlterTheRulesIsRefused(String name) {
        assertThatThrownBy(() -> DEFAULTS.withVirtualInterfaces(List.of(name)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static RedirectionOptions annotated(String key, String value) {
        return DEFAULTS.withAnnotations(Map.of(key, value));
    }
}
