package io.ztunnel.bench.micro;

import io.netty.handler.codec.http2.Http2Exception;
import io.ztunnel.hbone.BareTunnel;
import io.ztunnel.hbone.ConnectRequest;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.util.List;

/** What opening a stream puts on the wire. */
@State(Scope.Thread)
public class ConnectBenchmark {
    private static final int VARIETY = 1024;

    private final BareTunnel tunnel = new BareTunnel();

    /** One client of one workload: only the trace differs. */
    private final ConnectRequest[] requests = new ConnectRequest[VARIETY];

    private int next;

    public ConnectBenchmark() {
        for (int i = 0; i < VARIETY; i++) {
            requests[i] =
                    new ConnectRequest(
                            "10.244.2.7:9080",
                            List.of(
                                    "k8s.cluster.name=Kubernetes,k8s.namespace.name=bookinfo,"
                                            + "k8s.deployment.name=productpage-v1,"
                                            + "service.name=productpage,service.version=v1,"
                                            + "cloud.region=r1,cloud.availability_zone=z1"),
                            "for=\"10.244.1.5:%d\";host=details.bookinfo.svc.cluster.local"
                                    .formatted(40_000 + i),
                            "00-%016x%016x-%016x-00"
                                    .formatted(
                                            i * 0x9e37_79b9_7f4a_7c15L,
                                            i * 0xbf58_476d_1ce4_e5b9L,
                                            i * 0x94d0_49bb_1331_11ebL),
                            null);
        }
    }

    @Benchmark
    public void encodeHeaders() throws Http2Exception {
        int i = next++ & VARIETY - 1;
        tunnel.encode(2 * i + 1, requests[i]);
    }

    @TearDown
    public void close() {
        tunnel.close();
    }
}
