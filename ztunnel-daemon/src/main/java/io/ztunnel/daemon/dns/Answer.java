package io.ztunnel.daemon.dns;

import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

import java.util.List;

/** What a question comes to, before it is fitted into a message. */
sealed interface Answer {
    Answer UNANSWERED = new Failure(Rcode.SERVFAIL);

    /**
     * @param authoritative whether the mesh itself is the source
     */
    record Records(boolean authoritative, List<Record> answers, List<Record> additionals)
            implements Answer {}

    /**
     * @param code of DNS; NOERROR where a name exists, but not with such records
     */
    record Failure(int code) implements Answer {}
}
