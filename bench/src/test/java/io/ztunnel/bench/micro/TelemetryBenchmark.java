package io.ztunnel.bench.micro;

import io.ztunnel.daemon.telemetry.AccessLogLine;
import io.ztunnel.daemon.telemetry.ConnectionRecord;
import io.ztunnel.daemon.telemetry.LogFilter;
import io.ztunnel.daemon.telemetry.LogFormat;
import io.ztunnel.daemon.telemetry.LogSink;
import io.ztunnel.daemon.telemetry.Reporter;
import io.ztunnel.daemon.telemetry.Telemetry;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.Service;
import io.ztunnel.store.Workload;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import java.io.OutputStream;
import java.time.InstantSource;
import java.util.Objects;

/** What each connection leaves behind in metrics and log. */
@State(Scope.Thread)
public class TelemetryBenchmark {
    private final AccessLogLine plain = new AccessLogLine(LogFormat.PLAIN);
    private final AccessLogLine json = new AccessLogLine(LogFormat.JSON);

    /** Its sink is never started: nobody renders the lines while they are made. */
    private final Telemetry telemetry =
            new Telemetry(
                    "benchmark",
                    LogFilter.startingWith("info"),
                    new LogSink(LogFormat.PLAIN, OutputStream.nullOutputStream(), 16),
                    InstantSource.system(),
                    System::nanoTime);

    private final Workload client;
    private final Workload server;
    private final Service service;
    private final HostPort[] sources = LargeMesh.targets(40_000, LargeMesh::podAddress);
    private final HostPort destination;
    private int next;

    public TelemetryBenchmark() {
        LargeMesh mesh = new LargeMesh();
        client = mesh.client();
        HostPort target = new HostPort(LargeMesh.podAddress(4711), 15008);
        server = Objects.requireNonNull(mesh.view().workloadByAddress("", target.ip()));
        service = mesh.view().servicesOf(server).getFirst();
        destination = target;
    }

    @Benchmark
    public CharSequence renderPlainLine() {
        return plain.render();
    }

    @Benchmark
    public CharSequence renderJsonLine() {
        return json.render();
    }

    /** A record from its opening to its end, with the fields of its log line. */
    @Benchmark
    public boolean openAndComplete() {
        HostPort source = sources[next++ & LargeMesh.VARIETY - 1];
        ConnectionRecord record =
                telemetry
                        .connection(Reporter.SOURCE, source, destination)
                        .sourceWorkload(client)
                        .sourceIdentity(client.identity())
                        .destinationWorkload(server)
                        .destinationService(service)
                        .hboneAddress("10.0.18.104:8080")
                        .mutualTls(true)
                        .open();
        record.addReceived(178);
        record.addSent(341);
        return record.complete(null);
    }
}
