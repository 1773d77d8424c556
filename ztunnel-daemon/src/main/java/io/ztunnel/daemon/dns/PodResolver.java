package io.ztunnel.daemon.dns;

import io.ztunnel.daemon.telemetry.DnsMetrics;
import io.ztunnel.daemon.telemetry.Telemetry.PodLimit;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Answers the questions of one pod, whatever way they came, and counts and logs them. Names of the
 * mesh are answered at once; of other questions only so many may wait for their answer at a time:
 * the next one fails. Confined to the pod's home loop.
 */
final class PodResolver {
    private static final Logger log = LoggerFactory.getLogger(PodResolver.class);

    /** Each may hold two sockets. */
    static final int MAX_WAITING = 256;

    private static final long TTL_SECONDS = 30;

    private final DnsServices services;
    private final OwnWorkload own;
    private final Forwarder forwarder;
    private final LongSupplier nanoTime;
    private final LimitLog limits;
    private int waiting;
    private boolean closed;

    /**
     * @param pod for the log
     */
    PodResolver(
            DnsServices services,
            OwnWorkload own,
            Forwarder forwarder,
            String pod,
            LongSupplier nanoTime) {
        this.services = services;
        this.limits = new LimitLog(log, pod, nanoTime);
        this.own = own;
        this.forwarder = forwarder;
        this.nanoTime = nanoTime;
    }

    /** Counts a request that holds no question that could be answered. */
    void uncountable(Protocol protocol) {
        services.metrics().request(DnsMetrics.Labels.of("unknown", protocol.label(), own.known()));
    }

    /**
     * @param done called once, before or after this method has returned
     */
    void resolve(Question question, Protocol protocol, Consumer<Answer> done) {
        Workload client = own.known();
        if (client != null) {
            resolve(question, protocol, client, done);
        } else if (mayWait()) {
            own.get(
                    told -> {
                        waiting--;
                        resolve(question, protocol, told, done);
                    });
        } else {
            done.accept(Answer.UNANSWERED);
        }
    }

    /** Counts one more that waits, if it may. */
    private boolean mayWait() {
        if (waiting == MAX_WAITING) {
            services.limitReached(PodLimit.DNS_REQUESTS);
            limits.tell("DNS_REQUESTS_LIMIT", MAX_WAITING + " DNS requests of {} are waiting");
            return false;
        }
        waiting++;
        return true;
    }

    private void resolve(
            Question question,
            Protocol protocol,
            @Nullable Workload client,
            Consumer<Answer> done) {
        if (closed) {
            return;
        }
        DnsMetrics.Labels labels =
                DnsMetrics.Labels.of(
                        question.typeName().toLowerCase(Locale.ROOT), protocol.label(), client);
        services.metrics().request(labels);
        if (client == null) {
            tell(null, question, "unknown source", 0);
            done.accept(Answer.UNANSWERED);
            return;
        }
        Resolution meaning =
                question.isForAddresses()
                        ? services.names()
                                .resolve(
                                        services.mesh(),
                                        client,
                                        question.host(),
                                        question.type() == Type.AAAA)
                        : new Resolution.Elsewhere();
        switch (meaning) {
            case Resolution.Elsewhere() -> forward(question, client, labels, done);
            case Resolution.Found found -> {
                tell(client, question, found.result(), found.addresses().size());
                done.accept(records(question.name(), found));
            }
        }
    }

    private Answer records(Name asked, Resolution.Found found) {
        Name owner = asked.canonicalize();
        List<Record> records = new ArrayList<>();
        if (found.canonical() != null) {
            Name canonical = absolute(found.canonical());
            records.add(new CNAMERecord(owner, DClass.IN, TTL_SECONDS, canonical));
            owner = canonical;
        }
        List<IpAddress> addresses = new ArrayList<>(found.addresses());
        Collections.shuffle(addresses, services.random());
        records.addAll(AddressRecords.of(owner, TTL_SECONDS, addresses));
        return new Answer.Records(true, records, List.of());
    }

    /** A part of a name that came as a name. */
    private static Name absolute(String host) {
        try {
            return Name.fromString(host, Name.root);
        } catch (TextParseException e) {
            throw new IllegalStateException("the end of a name is a name: " + host, e);
        }
    }

    private void forward(
            Question question, Workload client, DnsMetrics.Labels labels, Consumer<Answer> done) {
        if (!mayWait()) {
            done.accept(Answer.UNANSWERED);
            return;
        }
        services.metrics().upstreamRequest(labels);
        long start = nanoTime.getAsLong();
        forwarder.lookup(
                question,
                answer -> {
                    waiting--;
                    services.metrics()
                            .upstreamDone(
                                    labels,
                                    nanoTime.getAsLong() - start,
                                    answer instanceof Answer.Failure);
                    switch (answer) {
                        case Answer.Failure(int code) ->
                                tell(
                                        client,
                                        question,
                                        "forwarding failed (" + Rcode.string(code) + ")",
                                        0);
                        case Answer.Records records ->
                                tell(client, question, "forwarded", records.answers().size());
                    }
                    done.accept(answer);
                });
    }

    private void tell(@Nullable Workload client, Question question, String result, int endpoints) {
        if (services.log().isEnabled()) {
            services.log()
                    .answered(
                            client,
                            Type.string(question.type()),
                            question.name().canonicalize().toString(),
                            result,
                            endpoints);
        }
    }

    /** Whoever waits for an answer waits in vain. */
    void close() {
        closed = true;
        forwarder.close();
    }
}
