package io.ztunnel.daemon.dns;

import static io.ztunnel.daemon.dns.TestNames.name;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** What is answered without asking anybody. */
class LocalAnswersTest {
    private static String text(@Nullable Answer answer) {
        return switch (answer) {
            case null -> "ask";
            case Answer.Failure(int code) -> Rcode.string(code);
            case Answer.Records records -> String.join(" ", TestNames.lines(records.answers()));
        };
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, A, localhost. A 127.0.0.1",
        "LOCALHOST, AAAA, LOCALHOST. AAAA 0:0:0:0:0:0:0:1",
        "db.localhost, A, db.localhost. A 127.0.0.1",
        "localhost, MX, NOERROR",
        "notlocalhost, A, ask",
        "1.0.0.127.in-addr.arpa, PTR, 1.0.0.127.in-addr.arpa. PTR localhost.",
        "9.9.9.127.in-addr.arpa, A, NOERROR",
        "1.0.0.126.in-addr.arpa, PTR, ask",
        "invalid, A, NXDOMAIN",
        "x.invalid, MX, NXDOMAIN",
        "abc.onion, AAAA, NXDOMAIN",
        "onion.example, A, ask",
    })
    void reservedNamesNeverGoUpstream(String host, String type, String expected) {
        assertThat(text(ReservedNames.answer(new Question(name(host), Type.value(type)))))
                .isEqualTo(expected);
    }

    @Test
    void theLoopbackOfIpv6HasAName() {
        String reversed = "1" + ".0".repeat(31) + ".ip6.arpa";
        assertThat(text(ReservedNames.answer(new Question(name(reversed), Type.PTR))))
                .endsWith("PTR localhost.");
    }

    @Test
    void theFileOfHostsIsReadAsTheCLibraryReadsIt() {
        HostsFile hosts =
                HostsFile.parse(
                        """
                        # comment
                        10.0.0.1   One one.example # another
                        10.0.0.2\tone
                        10.0.0.1 one
                        fd00::1 one
                        fe80::1%eth0 zone
                        nonsense two

                        10.0.0.3
                        """);
        assertThat(TestNames.texts(hosts.addresses("one", false)))
                .containsExactly("10.0.0.1", "10.0.0.2");
        assertThat(TestNames.texts(hosts.addresses("one", true))).containsExactly("fd00::1");
        assertThat(TestNames.texts(hosts.addresses("one.example", false)))
                .containsExactly("10.0.0.1");
        assertThat(hosts.addresses("two", false)).isEmpty();
        assertThat(hosts.addresses("another", false)).isEmpty();
    }

    @Test
    void hostsComeBeforeNameServersAndEqualQuestionsShareAnAnswer() {
        List<String> upstream = new ArrayList<>();
        Forwarder forwarder =
                new Forwarder(
                        HostsFile.parse("10.0.0.1 one"),
                        new AnswerCache(new CacheBudget(1 << 20), () -> 0),
                        new Upstream(
                                new NameServers(
                                        List.of(
                                                new InetSocketAddress(
                                                        InetAddress.ofLiteral("192.0.2.1"), 53))),
                                (server, asked, done) -> {
                                    upstream.add(asked.toString());
                                    return () -> {};
                                },
                                1,
                                false,
                                () -> 1,
                                () -> 0));
        List<String> answers = new ArrayList<>();
        forwarder.lookup(new Question(name("One"), Type.A), a -> answers.add(text(a)));
        assertThat(answers).containsExactly("One. A 10.0.0.1");
        assertThat(upstream).isEmpty();
        forwarder.lookup(new Question(name("one"), Type.AAAA), a -> answers.add(text(a)));
        forwarder.lookup(new Question(name("ONE"), Type.AAAA), a -> answers.add(text(a)));
        forwarder.lookup(new Question(name("one"), Type.MX), a -> answers.add(text(a)));
        assertThat(upstream).as("a family that the file lacks, and another type").hasSize(2);
    }
}
