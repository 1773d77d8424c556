package io.ztunnel.daemon.dns;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer of a name server as it is kept: each record in bytes of its own, which take less room
 * than objects.
 *
 * @param code of a negative answer; NOERROR with records
 * @param lifetime in seconds
 */
record CachedAnswer(int code, List<byte[]> answers, List<byte[]> additionals, long lifetime) {
    private static final long MAX_LIFETIME = 86_400;

    /** What an entry costs beside its bytes, about. */
    private static final int OVERHEAD = 200;

    /**
     * @return null for what must not be kept: failures, what says that it has no lifetime, and what
     *     the library reads but does not write as it was
     */
    static @Nullable CachedAnswer of(Message message) {
        int code = message.getRcode();
        List<Record> answers = message.getSection(Section.ANSWER);
        boolean positive = code == Rcode.NOERROR && !answers.isEmpty();
        if (!positive && code != Rcode.NOERROR && code != Rcode.NXDOMAIN) {
            return null;
        }
        long lifetime = positive ? shortest(answers) : negative(message);
        if (lifetime <= 0) {
            return null;
        }
        try {
            CachedAnswer kept =
                    new CachedAnswer(
                            code,
                            positive ? bytes(answers) : List.of(),
                            positive ? bytes(additionals(message)) : List.of(),
                            Math.min(lifetime, MAX_LIFETIME));
            // What cannot be read again is better found out now.
            kept.at(0);
            return kept;
        } catch (RuntimeException unreadable) {
            return null;
        }
    }

    /** Those that are passed on: what concerns one message only stays behind. */
    static List<Record> additionals(Message message) {
        return message.getSection(Section.ADDITIONAL).stream()
                .filter(r -> r.getType() != Type.OPT && r.getType() != Type.TSIG)
                .toList();
    }

    private static long shortest(List<Record> records) {
        return records.stream().mapToLong(Record::getTTL).min().orElse(0);
    }

    /** RFC 2308 section 5: as long as the SOA record says; without one not at all. */
    private static long negative(Message message) {
        for (Record record : message.getSection(Section.AUTHORITY)) {
            if (record instanceof SOARecord soa) {
                return Math.min(soa.getTTL(), soa.getMinimum());
            }
        }
        return 0;
    }

    private static List<byte[]> bytes(List<Record> records) {
        return records.stream().map(record -> record.toWire(Section.ANSWER)).toList();
    }

    /** About the memory that it takes. */
    long weight(Name name) {
        long weight = (long) OVERHEAD + name.length();
        for (byte[] record : answers) {
            weight += record.length;
        }
        for (byte[] record : additionals) {
            weight += record.length;
        }
        return weight;
    }

    /**
     * @param age in seconds
     */
    Answer at(long age) {
        return answers.isEmpty()
                ? new Answer.Failure(code)
                : new Answer.Records(false, aged(answers, age), aged(additionals, age));
    }

    private static List<Record> aged(List<byte[]> records, long age) {
        List<Record> aged = new ArrayList<>(records.size());
        for (byte[] record : records) {
            aged.add(aged(record, age));
        }
        return aged;
    }

    private static Record aged(byte[] record, long age) {
        try {
            Record fresh = Record.fromWire(record, Section.ANSWER);
            byte[] older = record.clone();
            int at = fresh.getName().length() + 4;
            long ttl = Math.max(0, fresh.getTTL() - age);
            for (int i = 0; i < 4; i++) {
                older[at + i] = (byte) (ttl >>> 8 * (3 - i));
            }
            return Record.fromWire(older, Section.ANSWER);
        } catch (IOException e) {
            throw new IllegalStateException("a record that was written is readable", e);
        }
    }
}
