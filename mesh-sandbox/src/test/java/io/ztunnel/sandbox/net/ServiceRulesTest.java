package io.ztunnel.sandbox.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ztunnel.sandbox.net.ServiceAddress.Backend;
import io.ztunnel.sandbox.net.ServiceAddress.Protocol;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.util.List;

class ServiceRulesTest {
    private static final InetAddress VIP_4 = InetAddress.ofLiteral("10.4.0.1");
    private static final InetAddress VIP_6 = InetAddress.ofLiteral("fd00:4::1");
    private static final InetAddress POD_4 = InetAddress.ofLiteral("10.244.1.10");
    private static final InetAddress POD_6 = InetAddress.ofLiteral("fd00:244:1::10");

    private static ServiceAddress service(InetAddress vip, int port, Backend... backends) {
        return new ServiceAddress(vip, Protocol.TCP, port, List.of(backends));
    }

    @Test
    void everyBackendHasItsShare() {
        String rules =
                ServiceRules.render(
                        List.of(
                                service(
                                        VIP_4,
                                        80,
                                        new Backend(POD_4, 8080),
                                        new Backend(VIP_4, 9))));

        assertThat(rules)
                .contains("10.4.0.1 . tcp . 80 : goto balance-0")
                .contains("numgen random mod 2 map { 0 : 10.244.1.10 . 8080, 1 : 10.4.0.1 . 9 }");
    }

    @Test
    void aServiceWithoutBackendsIsRefused() {
        assertThat(ServiceRules.render(List.of(service(VIP_4, 80))))
                .contains("th dport  { 10.4.0.1 . tcp . 80 } reject")
                .doesNotContain("dnat");
    }

    @Test
    void theFirstClaimOfAnAddressAndPortStands() {
        String rules =
                ServiceRules.render(
                        List.of(
                                service(VIP_4, 80, new Backend(POD_4, 1)),
                                service(VIP_4, 80, new Backend(POD_4, 2))));

        assertThat(rules).contains("10.244.1.10 . 1 }").doesNotContain("10.244.1.10 . 2");
    }

    @Test
    void familiesAreKeptApart() {
        assertThat(ServiceRules.render(List.of(service(VIP_6, 80, new Backend(POD_6, 1)))))
                .contains("ip6 daddr . meta l4proto")
                .contains("dnat ip6 to")
                .doesNotContain("ip daddr");
        assertThatThrownBy(() -> service(VIP_4, 80, new Backend(POD_6, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("another family");
    }

    @Test
    void portsAreChecked() {
        assertThatThrownBy(() -> service(VIP_4, 0)).hasMessageContaining("port 0");
        assertThatThrownBy(() -> new Backend(POD_4, 65536)).hasMessageContaining("65536");
    }
}
