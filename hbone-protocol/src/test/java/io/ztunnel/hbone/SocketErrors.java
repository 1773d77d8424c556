package io.ztunnel.hbone;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors;

import java.io.IOException;

/** Errors as the kernel gives them to a socket. */
final class SocketErrors {
    static {
        // The texts come from the native library.
        Epoll.ensureAvailability();
    }

    private SocketErrors() {}

    static IOException reset() {
        return of(104);
    }

    static IOException brokenPipe() {
        return of(32);
    }

    static IOException notConnected() {
        return of(107);
    }

    static IOException timedOut() {
        return of(110);
    }

    static IOException aborted() {
        return of(103);
    }

    private static IOException of(int errno) {
        return new Errors.NativeIoException("recv", -errno);
    }
}
