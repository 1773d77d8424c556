package io.ztunnel.daemon.dns;

import static io.ztunnel.daemon.dns.TestNames.lines;
import static io.ztunnel.daemon.dns.TestNames.name;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

class AnswerCacheTest {
    private static final Question QUESTION = new Question(name("www.example"), Type.A);

    private final CacheBudget budget = new CacheBudget(1 << 20);
    private long nanos = -5_000;
    private final AnswerCache cache = new AnswerCache(budget, () -> nanos);

    private void pass(long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private static Record record(String host, int type, long ttl, String data) {
        try {
            return Record.fromString(name(host), type, DClass.IN, ttl, data, name("."));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Message message(int code) {
        Message message = new Message(1);
        message.getHeader().setFlag(Flags.QR);
        message.getHeader().setRcode(code);
        message.addRecord(QUESTION.asRecord(), Section.QUESTION);
        return message;
    }

    private static Message chain() {
        Message message = message(Rcode.NOERROR);
        message.addRecord(record("www.example", Type.CNAME, 300, "W.example."), Section.ANSWER);
        message.addRecord(record("w.example", Type.A, 60, "10.0.0.1"), Section.ANSWER);
        message.addRecord(record("ns.example", Type.A, 40, "10.0.0.9"), Section.ADDITIONAL);
        message.addRecord(record("example", Type.NS, 300, "ns.example."), Section.AUTHORITY);
        return message;
    }

    private static Message negative(int code, long ttl, long minimum) {
        Message message = message(code);
        message.addRecord(
                record("example", Type.SOA, ttl, "ns.example. root.example. 1 2 3 4 " + minimum),
                Section.AUTHORITY);
        return message;
    }

    @Test
    void anAnswerLivesAsLongAsItsShortestRecordAndAges() {
        cache.put(QUESTION, chain());
        pass(59_999);
        Answer.Records records =
                (Answer.Records) Objects.requireNonNull(cache.get(QUESTION), "forgotten");
        assertThat(records.authoritative()).isFalse();
        assertThat(lines(records.answers()))
                .containsExactly("www.example. CNAME W.example.", "w.example. A 10.0.0.1");
        assertThat(records.answers()).extracting(Record::getTTL).containsExactly(241L, 1L);
        assertThat(records.additionals()).extracting(Record::getTTL).containsExactly(0L);
        pass(1);
        assertThat(cache.get(QUESTION)).isNull();
        assertThat(cache.size()).isZero();
    }

    @Test
    void aQuestionIsTheSameInAnyCaseButNotOfAnotherType() {
        cache.put(QUESTION, chain());
        assertThat(cache.get(new Question(name("WWW.Example"), Type.A))).isNotNull();
        assertThat(cache.get(new Question(name("www.example"), Type.AAAA))).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "NXDOMAIN, 100, 20, 20",
        "NXDOMAIN, 20, 100, 20",
        "NOERROR, 100, 20, 20",
        "NXDOMAIN, 1000000, 1000000, 86400",
        "SERVFAIL, 100, 20, 0",
        "NXDOMAIN, 0, 20, 0",
    })
    void aNegativeAnswerLivesAsLongAsTheSoaRecordSays(
            String code, long ttl, long minimum, long seconds) {
        cache.put(QUESTION, negative(Rcode.value(code), ttl, minimum));
        if (seconds > 0) {
            pass(seconds * 1000 - 1);
            assertThat(cache.get(QUESTION)).isEqualTo(new Answer.Failure(Rcode.value(code)));
            pass(1);
        }
        assertThat(cache.get(QUESTION)).isNull();
    }

    @Test
    void withoutASoaRecordNothingNegativeIsKept() {
        cache.put(QUESTION, message(Rcode.NXDOMAIN));
        assertThat(cache.get(QUESTION)).isNull();
    }

    private static Question numbered(int i) {
        return new Question(name("n" + i + ".example"), Type.A);
    }

    @Test
    void theLongestUnusedMakesRoom() {
        AnswerCache large = new AnswerCache(new CacheBudget(1L << 30), () -> nanos);
        for (int i = 0; i < AnswerCache.MAX_ENTRIES; i++) {
            large.put(numbered(i), chain());
        }
        assertThat(large.get(numbered(0))).isNotNull();
        large.put(numbered(AnswerCache.MAX_ENTRIES), chain());
        assertThat(large.size()).isEqualTo(AnswerCache.MAX_ENTRIES);
        assertThat(large.get(numbered(0))).isNotNull();
        assertThat(large.get(numbered(1))).isNull();
    }

    @Test
    void allPodsTogetherHaveABudgetThatIsGivenBack() {
        CacheBudget small = new CacheBudget(1_000);
        AnswerCache other = new AnswerCache(small, () -> nanos);
        AnswerCache mine = new AnswerCache(small, () -> nanos);
        for (int i = 0; i < 100; i++) {
            other.put(numbered(i), chain());
        }
        assertThat(other.size()).isBetween(1, 4);
        mine.put(QUESTION, chain());
        assertThat(mine.size()).as("what others hold is theirs").isZero();
        other.clear();
        mine.put(QUESTION, chain());
        assertThat(mine.size()).isEqualTo(1);
        mine.clear();
        assertThat(small.take(1_000)).isTrue();
        assertThat(small.take(1)).isFalse();
    }
}
