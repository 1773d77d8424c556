package io.ztunnel.linux;

import java.io.IOException;

/** A second descriptor of the same socket, for one more registration with epoll(7). */
public final class SocketCopy {
    private SocketCopy() {}

    /**
     * Duplicates a descriptor; close-on-exec. The socket is closed, and its peer told, when the
     * last of its descriptors is.
     *
     * @return the caller owns it
     * @throws LinuxException when there are no descriptors left
     */
    public static int of(int fd) throws IOException {
        return LinuxException.check("fcntl", fd, Libc.duplicate(fd));
    }
}
