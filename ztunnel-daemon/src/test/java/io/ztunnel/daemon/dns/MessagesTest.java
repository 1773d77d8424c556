package io.ztunnel.daemon.dns;

import static io.ztunnel.daemon.dns.TestNames.lines;
import static io.ztunnel.daemon.dns.TestNames.name;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.store.IpAddress;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

class MessagesTest {
    private static final HexFormat HEX = HexFormat.of();

    private static Message query(String host, int type) {
        Message query = Message.newQuery(Record.newRecord(name(host), type, DClass.IN));
        query.getHeader().setID(0x1234);
        return query;
    }

    private static Message withEdns(Message query, int payload, int version, int flags) {
        query.addRecord(new OPTRecord(payload, 0, version, flags), Section.ADDITIONAL);
        return query;
    }

    private static Message parsed(byte[] bytes) {
        return Objects.requireNonNull(Messages.parse(bytes), "not a message");
    }

    private static Answer.Records addresses(int count, List<Record> additionals) {
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(
                    AddressRecords.of(
                            name("many.example"),
                            30,
                            IpAddress.of(new byte[] {10, 0, (byte) (i >> 8), (byte) i})));
        }
        return new Answer.Records(true, records, additionals);
    }

    @Test
    void anAnswerKeepsIdFlagsAndTheQuestionAsItCame() {
        Message request = query("MiXeD.example", Type.A);
        request.getHeader().setFlag(Flags.CD);
        Message reply = parsed(Messages.reply(request, addresses(1, List.of()), 512));
        assertThat(reply.getHeader().getID()).isEqualTo(0x1234);
        assertThat(reply.getHeader().printFlags().strip()).isEqualTo("qr aa rd ra cd");
        assertThat(Objects.requireNonNull(reply.getQuestion()).getName())
                .hasToString("MiXeD.example.");
        assertThat(lines(reply.getSection(Section.ANSWER)))
                .containsExactly("many.example. A 10.0.0.0");
    }

    @Test
    void whatWasForwardedIsNotAuthoritative() {
        Answer.Records forwarded =
                new Answer.Records(false, addresses(1, List.of()).answers(), List.of());
        assertThat(
                        parsed(Messages.reply(query("a", Type.A), forwarded, 512))
                                .getHeader()
                                .printFlags()
                                .strip())
                .isEqualTo("qr rd ra");
    }

    @Test
    void anErrorIsNeitherAuthoritativeNorHasItEdns() {
        Message request = withEdns(query("a.example", Type.A), 4096, 0, 0);
        Message reply = parsed(Messages.reply(request, new Answer.Failure(Rcode.NXDOMAIN), 4096));
        assertThat(reply.getHeader().printFlags().strip()).isEqualTo("qr rd");
        assertThat(reply.getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(reply.getSection(Section.QUESTION)).hasSize(1);
        assertThat(reply.getOPT()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "4096, 0, 32768, 4096, 0, 32768",
        "100, 3, 0, 512, 3, 0",
        "1232, 0, 16384, 1232, 0, 0", // of the flags only DO is ours to repeat
    })
    void ednsIsAnsweredWithVersionAndDoAndAtLeast512(
            int payload, int version, int flags, int size, int sameVersion, int sameFlags) {
        Message request = withEdns(query("a.example", Type.A), payload, version, flags);
        Message reply = parsed(Messages.reply(request, addresses(1, List.of()), 4096));
        OPTRecord edns = Objects.requireNonNull(reply.getOPT());
        assertThat(edns.getPayloadSize()).isEqualTo(size);
        assertThat(edns.getVersion()).isEqualTo(sameVersion);
        assertThat(edns.getFlags()).isEqualTo(sameFlags);
        assertThat(
                        parsed(Messages.reply(query("a", Type.A), addresses(1, List.of()), 512))
                                .getOPT())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({"-1, 4096", "512, 512", "0, 512", "1232, 1232", "8192, 8192", "65535, 65507"})
    void theSizeOverUdpIsTheClientsAnd4096WithoutEdns(int payload, int limit) {
        Message request = query("a.example", Type.A);
        assertThat(Messages.udpLimit(payload < 0 ? request : withEdns(request, payload, 0, 0)))
                .isEqualTo(limit);
    }

    @ParameterizedTest
    @CsvSource({"300, 4096, 254", "300, 512, 30", "253, 4096, 253", "5000, 65535, 4094"})
    void whatDoesNotFitIsLeftOutAndSaid(int records, int limit, int kept) {
        byte[] bytes =
                Messages.reply(query("many.example", Type.A), addresses(records, List.of()), limit);
        Message reply = parsed(bytes);
        assertThat(bytes.length).isLessThanOrEqualTo(limit).isGreaterThan(limit - 32);
        assertThat(Messages.isTruncated(reply)).isEqualTo(kept < records);
        assertThat(reply.getSection(Section.ANSWER)).hasSize(kept);
    }

    @Test
    void additionalsAreLeftOutFirstAndEdnsNever() {
        Message request = withEdns(query("many.example", Type.A), 512, 0, 0);
        Answer.Records answer = addresses(27, addresses(10, List.of()).answers());
        Message reply = parsed(Messages.reply(request, answer, 512));
        assertThat(reply.getSection(Section.ANSWER)).hasSize(27);
        assertThat(reply.getSection(Section.ADDITIONAL).size()).isBetween(1, 10);
        assertThat(reply.getOPT()).isNotNull();
        assertThat(Messages.isTruncated(reply)).isTrue();
    }

    /** Their data holds names, which are pointers into the message that they came in. */
    @Test
    void namesInForeignRecordsAreStillTheSameInAnotherMessage() {
        Message upstream = query("shop.example", Type.ANY);
        upstream.getHeader().setFlag(Flags.QR);
        for (Record record :
                List.of(
                        new MXRecord(
                                name("shop.example"), DClass.IN, 60, 5, name("mx.shop.example")),
                        new NSRecord(name("shop.example"), DClass.IN, 60, name("ns.shop.example")),
                        new SRVRecord(
                                name("shop.example"),
                                DClass.IN,
                                60,
                                1,
                                2,
                                80,
                                name("w.shop.example")),
                        new SOARecord(
                                name("shop.example"),
                                DClass.IN,
                                60,
                                name("ns.shop.example"),
                                name("root.shop.example"),
                                1,
                                2,
                                3,
                                4,
                                5),
                        Record.newRecord(
                                name("shop.example"),
                                65_280,
                                DClass.IN,
                                60,
                                new byte[] {1, 2, 3}))) {
            upstream.addRecord(record, Section.ANSWER);
        }
        Message heard = parsed(upstream.toWire());
        // A longer question moves everything, so that pointers cannot be right by chance.
        Message request = query("a.much.longer.question.than.before.example", Type.ANY);
        Message reply =
                parsed(
                        Messages.reply(
                                request,
                                new Answer.Records(
                                        false, heard.getSection(Section.ANSWER), List.of()),
                                4096));
        assertThat(lines(reply.getSection(Section.ANSWER)))
                .containsExactly(
                        "shop.example. MX 5 mx.shop.example.",
                        "shop.example. NS ns.shop.example.",
                        "shop.example. SRV 1 2 80 w.shop.example.",
                        "shop.example. SOA ns.shop.example. root.shop.example. 1 2 3 4 5",
                        "shop.example. TYPE65280 \\# 3 010203");
    }

    @ParameterizedTest
    @CsvSource({
        "'', true",
        "0001 0100 0001 0000 0000 00, true", // eleven bytes
        "0001 8100 0001 0000 0000 0000, true", // an answer
        "0001 0100 0001 0000 0000 0000, false",
    })
    void whatIsNoRequestIsIgnored(String hex, boolean ignored) {
        assertThat(Messages.isToBeIgnored(HEX.parseHex(hex.replace(" ", "")))).isEqualTo(ignored);
    }

    @ParameterizedTest
    @CsvSource({
        "0001 0100 0001 0000 0000 0000", // the question is missing
        "0001 0100 0001 0000 0000 0000 01", // a label without its letters
        "0001 0100 0001 0000 0000 0000 c00c 0001 0001", // a name that is itself
        "0001 0100 0001 0000 0000 0000 c0ff 0001 0001", // a name beyond the end
        "0001 0100 0001 0000 0000 0000 41 0001 0001", // a kind of label that there is not
        "0001 0100 ffff ffff ffff ffff 00 0001 0001", // more records than bytes
    })
    void malformedBytesAreAFormatErrorWithoutAQuestion(String hex) {
        byte[] bytes = HEX.parseHex(hex.replace(" ", ""));
        assertThat(Messages.parse(bytes)).isNull();
        assertThat(HEX.formatHex(Messages.formatError(bytes)))
                .isEqualTo("000180010000000000000000");
    }

    @Property(tries = 2_000)
    void noBytesAreTooBad(@ForAll @Size(max = 600) byte[] bytes) {
        Message message = Messages.parse(bytes);
        if (message != null) {
            assertThat(Messages.reply(message, Answer.UNANSWERED, 512)).isNotEmpty();
            assertThat(Messages.udpLimit(message)).isBetween(512, 65_507);
        } else if (!Messages.isToBeIgnored(bytes)) {
            assertThat(Messages.formatError(bytes)).hasSize(12);
        }
    }

    /** A message with one byte changed, as on a bad line or by a bad peer. */
    @Property(tries = 2_000)
    void noDamageIsTooBad(@ForAll int position, @ForAll byte value) {
        Message whole = withEdns(query("shop.example", Type.ANY), 1232, 0, 0);
        whole.addRecord(
                new MXRecord(name("shop.example"), DClass.IN, 60, 5, name("mx.shop.example")),
                Section.ANSWER);
        byte[] bytes = whole.toWire();
        bytes[Math.floorMod(position, bytes.length)] = value;
        Message message = Messages.parse(bytes);
        if (message != null) {
            Answer answer =
                    new Answer.Records(false, message.getSection(Section.ANSWER), List.of());
            assertThat(Messages.reply(message, answer, 4096)).isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "7, www.example, A, true, true",
        "7, WWW.example, A, true, true",
        "8, www.example, A, true, false",
        "7, evil.example, A, true, false",
        "7, www.example, AAAA, true, false",
        "7, www.example, A, false, false",
    })
    void onlyTheAnswerToTheVeryQuestionCounts(
            int id, String host, String type, boolean isAnswer, boolean counts) {
        Message message = query(host, Type.value(type));
        message.getHeader().setID(id);
        if (isAnswer) {
            message.getHeader().setFlag(Flags.QR);
        }
        Asked asked = new Asked(new Question(name("www.example"), Type.A), 7, false);
        assertThat(asked.answer(message.toWire()) != null).isEqualTo(counts);
    }

    @Test
    void ednsIsAskedWithOnlyIfConfigured() {
        Question question = new Question(name("www.example"), Type.TXT);
        Message without = parsed(new Asked(question, 7, false).message());
        Message with = parsed(new Asked(question, 7, true).message());
        assertThat(without.getOPT()).isNull();
        assertThat(without.getHeader().printFlags().strip()).isEqualTo("rd");
        assertThat(Objects.requireNonNull(with.getOPT()).getPayloadSize()).isEqualTo(1232);
    }
}
