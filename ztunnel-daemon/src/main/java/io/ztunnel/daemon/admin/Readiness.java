package io.ztunnel.daemon.admin;

import io.netty.util.concurrent.EventExecutor;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * What must be done before the node may send us traffic. Ready means that no task is pending and
 * that every worker loop gives a sign of life within a second. Safe for use from any thread.
 */
public final class Readiness {
    /** First full xDS synchronisation. */
    public static final String STATE_MANAGER = "state manager";

    /** Construction of the proxies. */
    public static final String PROXY = "proxy";

    /** Snapshot of the node agent received, and every pod's listeners bound. */
    public static final String WORKLOAD_PROXY_MANAGER = "workload proxy manager";

    private static final long SIGN_OF_LIFE_MILLIS = 1000;

    private final TreeSet<String> pending = new TreeSet<>();
    private final List<EventExecutor> workers;

    public Readiness(List<? extends EventExecutor> workers) {
        this.workers = List.copyOf(workers);
    }

    public synchronized void pending(String task) {
        pending.add(task);
    }

    public synchronized void done(String task) {
        pending.remove(task);
    }

    public void set(String task, boolean done) {
        if (done) {
            done(task);
        } else {
            pending(task);
        }
    }

    private synchronized List<String> pendingTasks() {
        return List.copyOf(pending);
    }

    /** {@code GET /healthz/ready}: 200 {@code ready}, or 500 with the names of what is pending. */
    public CompletionStage<HttpReply> answer(HttpQuery query) {
        if (!query.path().equals("/healthz/ready")) {
            return CompletableFuture.completedFuture(HttpReply.NOT_FOUND);
        }
        if (!query.method().equals("GET")) {
            return CompletableFuture.completedFuture(HttpReply.METHOD_NOT_ALLOWED);
        }
        List<CompletableFuture<Void>> signs = new ArrayList<>();
        for (EventExecutor worker : workers) {
            CompletableFuture<Void> sign = new CompletableFuture<>();
            worker.execute(() -> sign.complete(null));
            signs.add(sign);
        }
        return CompletableFuture.allOf(signs.toArray(CompletableFuture[]::new))
                .orTimeout(SIGN_OF_LIFE_MILLIS, TimeUnit.MILLISECONDS)
                .handle(
                        (alive, silence) -> {
                            List<String> names = new ArrayList<>(pendingTasks());
                            if (silence != null) {
                                names.add("a worker thread does not answer");
                            }
                            return names.isEmpty()
                                    ? HttpReply.text(200, "ready\n")
                                    : HttpReply.text(
                                            500,
                                            "not ready, pending: "
                                                    + String.join(", ", names)
                                                    + "\n");
                        });
    }
}
