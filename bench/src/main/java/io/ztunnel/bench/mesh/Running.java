package io.ztunnel.bench.mesh;

/** Something that runs until it is closed. */
public interface Running extends AutoCloseable {
    @Override
    void close();
}
