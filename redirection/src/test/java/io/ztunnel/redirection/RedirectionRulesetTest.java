package io.ztunnel.redirection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class RedirectionRulesetTest {
    private static final String PRE = "add rule inet istio-ambient-nat istio-prerouting ";
    private static final String OUT = "add rule inet istio-ambient-nat istio-output ";
    private static final RedirectionOptions IPV4 = RedirectionOptions.defaults().withIpv6(false);

    private static List<String> rules(RedirectionOptions options, String prefix) {
        return RedirectionRules.render(options)
                .lines()
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length()))
                .toList();
    }

    @Test
    void outgoingRulesStandInTheirOrder() {
        assertThat(rules(IPV4, OUT))
                .containsExactly(
                        "ip daddr 169.254.7.127 meta l4proto tcp counter accept",
                        "oifname != \"lo\" udp dport 53 meta mark & 0xfff != 0x539 counter redirect"
                                + " to :15053",
                        "ip daddr != 127.0.0.1 tcp dport 53 meta mark & 0xfff != 0x539 counter"
                                + " redirect to :15053",
                        "meta l4proto tcp meta mark & 0xfff == 0x111 counter accept",
                        "oifname \"lo\" ip daddr != 127.0.0.1 counter accept",
                        "ip daddr != 127.0.0.1 meta l4proto tcp meta mark & 0xfff != 0x539 counter"
                                + " redirect to :15001");
    }

    @Test
    void incomingRulesStandInTheirOrder() {
        assertThat(rules(IPV4.withVirtualInterfaces(List.of("vm0")), PRE))
                .containsExactly(
                        "iifname \"vm0\" meta l4proto tcp counter redirect to :15001",
                        "iifname \"vm0\" meta l4proto tcp counter return",
                        "ip saddr 169.254.7.127 meta l4proto tcp counter accept",
                        "ip daddr != 127.0.0.1 tcp dport != 15008 meta mark & 0xfff != 0x539"
                                + " counter redirect to :15006");
    }

    @Test
    void ipv6RulesAreThoseOfIpv4WithOtherAddresses() {
        String both = RedirectionRules.render(RedirectionOptions.defaults());
        List<String> ipv6 = both.lines().filter(line -> line.contains("ip6 ")).toList();
        List<String> ipv4 = both.lines().filter(line -> line.contains(" ip ")).toList();

        assertThat(ipv6)
                .hasSize(6)
                .isEqualTo(
                        ipv4.stream()
                                .map(line -> line.replace(" ip ", " ip6 "))
                                .map(line -> line.replace("127.0.0.1 ", "::1 "))
                                .map(
                                        line ->
                                                line.replace(
                                                        "169.254.7.127",
                                                        "fd16:9254:7127:1337:ffff:ffff:ffff:ffff"))
                                .toList());
        assertThat(RedirectionRules.render(IPV4)).doesNotContain("ip6");
    }

    @Test
    void inIngressModeNothingIsRedirectedToThePlaintextPortAndProbesAreStillAnswered() {
        RedirectionOptions ingress = IPV4.withIngressMode(true);

        assertThat(rules(ingress, PRE)).isEmpty();
        assertThat(rules(ingress, OUT)).isEqualTo(rules(IPV4, OUT));
    }

    @Test
    void withoutDnsCaptureNoRuleOfItIsLeftFromBefore() {
        String script = RedirectionRules.render(IPV4.withDnsCapture(false));

        assertThat(script)
                .doesNotContain("53 ", "zone", "15053")
                .contains(
                        "add table inet istio-ambient-raw\ndelete table inet istio-ambient-raw\n");
    }

    @Test
    void everyRuleCounts() {
        assertThat(
                        RedirectionRules.render(RedirectionOptions.defaults())
                                .lines()
                                .filter(line -> line.startsWith("add rule")))
                .isNotEmpty()
                .allMatch(line -> line.contains(" counter "));
    }
}
