package io.ztunnel.sandbox.conformance.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.dns.AbstractDnsOptPseudoRrRecord;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryEncoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseDecoder;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.util.NetUtil;
import io.ztunnel.linux.NetworkNamespace;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/** One question of an application to a name server, as its resolver would ask it. */
public final class DnsCall {
    private static final int MAX_MESSAGE = 65_535;
    private static final InetSocketAddress NOBODY = new InetSocketAddress("0.0.0.0", 53);

    private DnsCall() {}

    /**
     * @param type such as {@code AAAA}
     * @param edns the size of answers that we say we can take, or 0
     */
    public record Question(String name, String type, int edns) {}

    /**
     * @param flags in the order of the header, such as {@code qr aa rd ra}
     * @param answers each {@code OWNER TYPE DATA}; data of other types than addresses and names is
     *     in hexadecimal
     * @param edns the size that the server says it can take, or 0
     */
    public record Reply(String code, String flags, List<String> answers, int edns) {}

    /** Called by platform threads. */
    public static Reply ask(
            Place from, InetSocketAddress server, Question question, boolean tcp, Duration limit)
            throws IOException {
        int id = ThreadLocalRandom.current().nextInt(1 << 16);
        byte[] request = encode(question, id);
        byte[] reply =
                tcp ? overTcp(from, server, request, limit) : overUdp(from, server, request, limit);
        return decode(reply, id);
    }

    private static byte[] overUdp(
            Place from, InetSocketAddress server, byte[] request, Duration limit)
            throws IOException {
        try (NetworkNamespace here = NetworkNamespace.named(from.namespace());
                DatagramChannel channel = here.call(DatagramChannel::open)) {
            DatagramSocket socket = channel.socket();
            socket.connect(server);
            socket.setSoTimeout(Math.toIntExact(limit.toMillis()));
            socket.send(new java.net.DatagramPacket(request, request.length));
            byte[] room = new byte[MAX_MESSAGE];
            var packet = new java.net.DatagramPacket(room, room.length);
            socket.receive(packet);
            return Arrays.copyOf(room, packet.getLength());
        }
    }

    private static byte[] overTcp(
            Place from, InetSocketAddress server, byte[] request, Duration limit)
            throws IOException {
        try (SocketChannel channel = from.connect(server)) {
            channel.socket().setSoTimeout(Math.toIntExact(limit.toMillis()));
            DataOutputStream out = new DataOutputStream(channel.socket().getOutputStream());
            out.writeShort(request.length);
            out.write(request);
            out.flush();
            DataInputStream in = new DataInputStream(channel.socket().getInputStream());
            return in.readNBytes(in.readUnsignedShort());
        }
    }

    private static byte[] encode(Question question, int id) {
        DatagramDnsQuery query = new DatagramDnsQuery(NOBODY, NOBODY, id);
        query.setRecursionDesired(true);
        query.addRecord(
                DnsSection.QUESTION,
                new DefaultDnsQuestion(question.name(), DnsRecordType.valueOf(question.type())));
        if (question.edns() > 0) {
            query.addRecord(
                    DnsSection.ADDITIONAL, new AbstractDnsOptPseudoRrRecord(question.edns()) {});
        }
        EmbeddedChannel codec = new EmbeddedChannel(new DatagramDnsQueryEncoder());
        codec.writeOutbound(query);
        DatagramPacket packet = Objects.requireNonNull(codec.readOutbound());
        byte[] bytes = ByteBufUtil.getBytes(packet.content());
        packet.release();
        codec.finishAndReleaseAll();
        return bytes;
    }

    /** The codec says the number with it. */
    private static String name(DnsResponseCode code) {
        return code.toString().replaceFirst("\\(\\d+\\)$", "");
    }

    private static Reply decode(byte[] bytes, int id) throws IOException {
        EmbeddedChannel codec = new EmbeddedChannel(new DatagramDnsResponseDecoder());
        codec.writeInbound(new DatagramPacket(Unpooled.wrappedBuffer(bytes), NOBODY, NOBODY));
        DatagramDnsResponse response = codec.readInbound();
        if (response == null || response.id() != id) {
            throw new IOException(
                    "an answer to something else: " + HexFormat.of().formatHex(bytes));
        }
        try {
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < response.count(DnsSection.ANSWER); i++) {
                answers.add(text(response.recordAt(DnsSection.ANSWER, i)));
            }
            return new Reply(name(response.code()), flags(bytes), answers, edns(response));
        } finally {
            response.release();
            codec.finishAndReleaseAll();
        }
    }

    private static int edns(DatagramDnsResponse response) {
        for (int i = 0; i < response.count(DnsSection.ADDITIONAL); i++) {
            DnsRecord record = response.recordAt(DnsSection.ADDITIONAL, i);
            if (record.type().equals(DnsRecordType.OPT)) {
                return record.dnsClass();
            }
        }
        return 0;
    }

    private static String flags(byte[] message) {
        int bits = (message[2] & 0xff) << 8 | message[3] & 0xff;
        List<String> set = new ArrayList<>();
        List<String> names = List.of("qr", "aa", "tc", "rd", "ra");
        List<Integer> positions = List.of(15, 10, 9, 8, 7);
        for (int i = 0; i < names.size(); i++) {
            if ((bits >> positions.get(i) & 1) == 1) {
                set.add(names.get(i));
            }
        }
        return String.join(" ", set);
    }

    private static String text(DnsRecord record) throws IOException {
        String data = record instanceof DnsRawRecord raw ? data(raw) : record.toString();
        return record.name() + " " + record.type().name() + " " + data;
    }

    private static String data(DnsRawRecord record) throws IOException {
        ByteBuf content = record.content().duplicate();
        if (record.type().equals(DnsRecordType.A) || record.type().equals(DnsRecordType.AAAA)) {
            return NetUtil.toAddressString(InetAddress.getByAddress(ByteBufUtil.getBytes(content)));
        }
        if (record.type().equals(DnsRecordType.CNAME)) {
            return DefaultDnsRecordDecoder.decodeName(content);
        }
        return ByteBufUtil.hexDump(content);
    }
}
