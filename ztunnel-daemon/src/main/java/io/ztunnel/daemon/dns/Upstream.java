package io.ztunnel.daemon.dns;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Asks name servers, two at a time, until one of them knows whether the name exists. When all have
 * failed or kept silent they are asked again, as often as resolv.conf says. Confined to one loop.
 */
final class Upstream {
    private static final int CONCURRENT = 2;

    private final NameServers servers;
    private final Transport transport;
    private final int attempts;
    private final boolean edns;
    private final IntSupplier ids;
    private final LongSupplier nanoTime;
    private final Set<Search> searches = new HashSet<>();

    /**
     * @param attempts 1 or more
     * @param ids numbers from 0 to 65535 that nobody can guess
     */
    Upstream(
            NameServers servers,
            Transport transport,
            int attempts,
            boolean edns,
            IntSupplier ids,
            LongSupplier nanoTime) {
        this.servers = servers;
        this.transport = transport;
        this.attempts = attempts;
        this.edns = edns;
        this.ids = ids;
        this.nanoTime = nanoTime;
    }

    /**
     * @param done called once, with null when no server has answered in time
     */
    void ask(Question question, Consumer<@Nullable Message> done) {
        if (servers.isEmpty()) {
            done.accept(null);
        } else {
            Search search = new Search(question, done);
            searches.add(search);
            search.next();
        }
    }

    /** Whoever waits for an answer waits in vain. */
    void close() {
        searches.forEach(Search::stop);
        searches.clear();
    }

    private final class Search {
        private final Question question;
        private final Consumer<@Nullable Message> done;
        private final Map<NameServers.NameServer, Runnable> running = new HashMap<>();
        private Deque<NameServers.NameServer> untried = new ArrayDeque<>(servers.inOrder());
        private int round = 1;
        private @Nullable Message failure;

        Search(Question question, Consumer<@Nullable Message> done) {
            this.question = question;
            this.done = done;
        }

        void next() {
            if (running.isEmpty() && untried.isEmpty()) {
                if (failure != null || round == attempts) {
                    end(failure);
                    return;
                }
                round++;
                untried = new ArrayDeque<>(servers.inOrder());
            }
            while (running.size() < CONCURRENT && !untried.isEmpty()) {
                ask(untried.removeFirst());
            }
        }

        private void ask(NameServers.NameServer server) {
            long start = nanoTime.getAsLong();
            // Another id each time: who has seen one does not know the next.
            Asked asked = new Asked(question, ids.getAsInt(), edns);
            running.put(
                    server,
                    transport.ask(
                            server.address(),
                            asked,
                            answer -> {
                                server.took(nanoTime.getAsLong() - start);
                                running.remove(server);
                                heard(answer);
                            }));
        }

        private void heard(@Nullable Message answer) {
            if (answer != null && isFinal(answer.getRcode())) {
                end(answer);
                return;
            }
            if (answer != null) {
                failure = answer;
            }
            next();
        }

        private void end(@Nullable Message answer) {
            stop();
            searches.remove(this);
            done.accept(answer);
        }

        void stop() {
            running.values().forEach(Runnable::run);
            running.clear();
        }

        private static boolean isFinal(int code) {
            return code == Rcode.NOERROR || code == Rcode.NXDOMAIN;
        }
    }
}
