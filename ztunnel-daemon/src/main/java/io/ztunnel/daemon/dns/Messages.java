package io.ztunnel.daemon.dns;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** DNS messages to and from bytes. Whatever the bytes are, nothing is thrown. */
final class Messages {
    /** The most that a client gets over UDP who does not say what it can take. */
    static final int DEFAULT_UDP_LIMIT = 4096;

    static final int TCP_LIMIT = 65_535;
    private static final int MIN_UDP_LIMIT = 512;

    /** What fits into an IPv4 packet. */
    private static final int MAX_UDP_LIMIT = 65_507;

    /** Fits into a packet of any IPv6 link. */
    private static final int EDNS_PAYLOAD = 1232;

    /** A question: the root's name, type and class. */
    private static final int MIN_QUESTION = 5;

    /** A record: the root's name, type, class, time to live and the length of no data. */
    private static final int MIN_RECORD = 11;

    private Messages() {}

    /**
     * @return null when the bytes are no message
     */
    static @Nullable Message parse(byte[] bytes) {
        if (!mayHoldItsRecords(bytes)) {
            return null;
        }
        try {
            return new Message(bytes);
        } catch (IOException | RuntimeException malformed) {
            return null;
        }
    }

    /** The library reserves room for as many records as the header claims. */
    private static boolean mayHoldItsRecords(byte[] bytes) {
        if (bytes.length < Header.LENGTH) {
            return false;
        }
        long needed = Header.LENGTH + (long) MIN_QUESTION * count(bytes, Section.QUESTION);
        for (int section : List.of(Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL)) {
            needed += (long) MIN_RECORD * count(bytes, section);
        }
        return needed <= bytes.length;
    }

    private static int count(byte[] bytes, int section) {
        return unsignedShort(bytes, 4 + 2 * section);
    }

    private static int unsignedShort(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    /** Whether to stay silent: what is no request at all, so that no two servers ever chat. */
    static boolean isToBeIgnored(byte[] bytes) {
        return bytes.length < Header.LENGTH || (bytes[2] & 0x80) != 0;
    }

    /** For a request of at least a header that {@link #parse} makes nothing of. */
    static byte[] formatError(byte[] request) {
        Header header = new Header(unsignedShort(request, 0));
        header.setFlag(Flags.QR);
        header.setOpcode(request[2] >> 3 & 0xf);
        header.setRcode(Rcode.FORMERR);
        Message reply = new Message();
        reply.setHeader(header);
        return reply.toWire();
    }

    /** How long an answer to that request may be over UDP. */
    static int udpLimit(Message request) {
        OPTRecord edns = request.getOPT();
        return edns == null
                ? DEFAULT_UDP_LIMIT
                : Math.clamp(edns.getPayloadSize(), MIN_UDP_LIMIT, MAX_UDP_LIMIT);
    }

    static byte[] reply(Message request, Answer answer, int limit) {
        return switch (answer) {
            case Answer.Failure(int code) -> failure(request, code);
            case Answer.Records records -> records(request, records, limit);
        };
    }

    private static byte[] failure(Message request, int code) {
        Message reply = begin(request);
        reply.getHeader().setRcode(code);
        return reply.toWire();
    }

    /** Its flags and questions, the latter as they came. */
    private static Message begin(Message request) {
        Header asked = request.getHeader();
        Header header = new Header(asked.getID());
        header.setFlag(Flags.QR);
        header.setOpcode(asked.getOpcode());
        for (int kept : List.of((int) Flags.RD, (int) Flags.CD)) {
            if (asked.getFlag(kept)) {
                header.setFlag(kept);
            }
        }
        Message reply = new Message();
        reply.setHeader(header);
        for (Record question : request.getSection(Section.QUESTION)) {
            reply.addRecord(question, Section.QUESTION);
        }
        return reply;
    }

    private static byte[] records(Message request, Answer.Records records, int limit) {
        List<Record> all = new ArrayList<>(records.answers());
        all.addAll(records.additionals());
        // None is shorter, so that more need not even be tried.
        int fits = Math.min(all.size(), limit / MIN_RECORD);
        byte[] bytes = records(request, records, all, fits);
        if (bytes.length <= limit) {
            return bytes;
        }
        int tooMany = fits;
        fits = 0;
        while (tooMany - fits > 1) {
            int middle = (fits + tooMany) / 2;
            if (records(request, records, all, middle).length <= limit) {
                fits = middle;
            } else {
                tooMany = middle;
            }
        }
        return records(request, records, all, fits);
    }

    private static byte[] records(
            Message request, Answer.Records records, List<Record> all, int count) {
        Message reply = begin(request);
        reply.getHeader().setFlag(Flags.RA);
        if (records.authoritative()) {
            reply.getHeader().setFlag(Flags.AA);
        }
        if (count < all.size()) {
            reply.getHeader().setFlag(Flags.TC);
        }
        int answers = records.answers().size();
        for (int i = 0; i < count; i++) {
            reply.addRecord(all.get(i), i < answers ? Section.ANSWER : Section.ADDITIONAL);
        }
        OPTRecord edns = request.getOPT();
        if (edns != null) {
            reply.addRecord(
                    new OPTRecord(
                            Math.max(MIN_UDP_LIMIT, edns.getPayloadSize()),
                            0,
                            edns.getVersion(),
                            edns.getFlags() & ExtendedFlags.DO),
                    Section.ADDITIONAL);
        }
        return reply.toWire();
    }

    /** A question of our own to a name server. */
    static byte[] question(Record question, int id, boolean edns) {
        Header header = new Header(id);
        header.setFlag(Flags.RD);
        header.setOpcode(Opcode.QUERY);
        Message message = new Message();
        message.setHeader(header);
        message.addRecord(question, Section.QUESTION);
        if (edns) {
            message.addRecord(new OPTRecord(EDNS_PAYLOAD, 0, 0), Section.ADDITIONAL);
        }
        return message.toWire();
    }

    /** Whether a message answers that very question; anything else may be forged. */
    static boolean answers(Message message, Record question, int id) {
        Header header = message.getHeader();
        Record echoed = message.getQuestion();
        return header.getFlag(Flags.QR)
                && header.getID() == id
                && header.getCount(Section.QUESTION) == 1
                && echoed != null
                && echoed.getName().equals(question.getName())
                && echoed.getType() == question.getType()
                && echoed.getDClass() == question.getDClass();
    }

    static boolean isTruncated(Message message) {
        return message.getHeader().getFlag(Flags.TC);
    }
}
