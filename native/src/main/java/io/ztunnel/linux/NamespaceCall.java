package io.ztunnel.linux;

import java.io.IOException;

/**
 * What runs inside another network namespace. Keep it to creating one socket or reading one small
 * file: see {@link NetworkNamespace} for what must not happen here.
 */
@FunctionalInterface
public interface NamespaceCall<T> {
    T call() throws IOException;
}
