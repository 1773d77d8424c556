package io.ztunnel.daemon.dns;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** From the bytes of a request to those of its reply. Confined to the pod's home loop. */
final class Requests {
    private static final Logger log = LoggerFactory.getLogger(Requests.class);

    private final PodResolver resolver;
    private final LimitLog limits;
    private final Runnable idle;
    private int open;
    private boolean closed;

    /**
     * @param pod for the log
     * @param idle called whenever the last open request has ended
     */
    Requests(PodResolver resolver, String pod, LongSupplier nanoTime, Runnable idle) {
        this.resolver = resolver;
        this.limits = new LimitLog(log, pod, nanoTime);
        this.idle = idle;
    }

    boolean isIdle() {
        return open == 0;
    }

    /**
     * @param reply called once, before or after this method has returned; with null when there is
     *     to be none
     */
    void handle(byte[] bytes, Protocol protocol, Consumer<byte @Nullable []> reply) {
        if (Messages.isToBeIgnored(bytes)) {
            reply.accept(null);
            return;
        }
        Message request = Messages.parse(bytes);
        if (request == null) {
            reply.accept(Messages.formatError(bytes));
            return;
        }
        int limit =
                switch (protocol) {
                    case UDP -> Messages.udpLimit(request);
                    case TCP -> Messages.TCP_LIMIT;
                };
        Consumer<Answer> done = answer -> reply.accept(written(request, answer, limit));
        if (request.getHeader().getOpcode() != Opcode.QUERY) {
            done.accept(new Answer.Failure(Rcode.NOTIMP));
        } else if (request.getSection(Section.QUESTION).size() != 1) {
            resolver.uncountable(protocol);
            done.accept(Answer.UNANSWERED);
        } else {
            ask(Question.of(request.getSection(Section.QUESTION).getFirst()), protocol, done);
        }
    }

    /** What a name server has sent may be something that can be read but not be written. */
    private byte[] written(Message request, Answer answer, int limit) {
        try {
            return Messages.reply(request, answer, limit);
        } catch (RuntimeException unwritable) {
            log.debug("an answer cannot be written", unwritable);
            limits.tell("DNS_ANSWER_UNUSABLE", "an answer to {} was of no use");
            return Messages.reply(request, Answer.UNANSWERED, limit);
        }
    }

    /** As {@link #handle}, for a question without a message. */
    void ask(Question question, Protocol protocol, Consumer<Answer> done) {
        if (closed) {
            done.accept(Answer.UNANSWERED);
            return;
        }
        open++;
        resolver.resolve(
                question,
                protocol,
                answer -> {
                    open--;
                    done.accept(answer);
                    if (open == 0) {
                        idle.run();
                    }
                });
    }

    /** Whoever waits for an answer waits in vain. */
    void close() {
        closed = true;
        open = 0;
        resolver.close();
    }
}
