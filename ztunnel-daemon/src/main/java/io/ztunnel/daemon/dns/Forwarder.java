package io.ztunnel.daemon.dns;

import io.ztunnel.store.IpAddress;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Answers what the mesh does not know: from what is reserved, from the file of hosts, from what was
 * heard before, else by asking name servers. Whoever asks the same while an answer is on its way
 * shares it. Confined to one loop.
 */
final class Forwarder {
    private static final long HOSTS_TTL_SECONDS = 30;
    private static final int MAX_CODE = 15;

    private final HostsFile hosts;
    private final AnswerCache cache;
    private final Upstream upstream;
    private final Map<Question, List<Consumer<Answer>>> pending = new HashMap<>();

    Forwarder(HostsFile hosts, AnswerCache cache, Upstream upstream) {
        this.hosts = hosts;
        this.cache = cache;
        this.upstream = upstream;
    }

    /**
     * @param done called once, before or after this method has returned
     */
    void lookup(Question question, Consumer<Answer> done) {
        Answer known = known(question);
        if (known != null) {
            done.accept(known);
            return;
        }
        List<Consumer<Answer>> others = pending.get(question);
        if (others != null) {
            others.add(done);
            return;
        }
        pending.put(question, new ArrayList<>(List.of(done)));
        upstream.ask(question, message -> heard(question, message));
    }

    private @Nullable Answer known(Question question) {
        Answer reserved = ReservedNames.answer(question);
        if (reserved != null) {
            return reserved;
        }
        if (question.isForAddresses()) {
            List<IpAddress> addresses =
                    hosts.addresses(question.host(), question.type() == Type.AAAA);
            if (!addresses.isEmpty()) {
                return new Answer.Records(
                        false,
                        AddressRecords.of(question.name(), HOSTS_TTL_SECONDS, addresses),
                        List.of());
            }
        }
        return cache.get(question);
    }

    private void heard(Question question, @Nullable Message message) {
        List<Consumer<Answer>> waiting = pending.remove(question);
        Answer answer = Answer.UNANSWERED;
        if (message != null) {
            cache.put(question, message);
            answer = answer(message);
        }
        if (waiting != null) {
            for (Consumer<Answer> each : waiting) {
                each.accept(answer);
            }
        }
    }

    /** Without the authority section, which is for name servers. */
    private static Answer answer(Message message) {
        int code = message.getRcode();
        List<Record> answers = message.getSection(Section.ANSWER);
        if (code == Rcode.NOERROR && !answers.isEmpty()) {
            return new Answer.Records(false, answers, CachedAnswer.additionals(message));
        }
        // An extended code has no room in an answer without EDNS.
        return new Answer.Failure(code > MAX_CODE ? Rcode.SERVFAIL : code);
    }

    /** Whoever waits for an answer waits in vain. */
    void close() {
        upstream.close();
        pending.clear();
        cache.clear();
    }
}
