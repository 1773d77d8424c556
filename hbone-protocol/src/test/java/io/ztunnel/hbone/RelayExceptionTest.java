package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.EOFException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;

/** Which endings are errors, and how the access log words them. */
final class RelayExceptionTest {
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            textBlock =
                    """
                    SEND    | reset            | -
                    SEND    | broken pipe      | -
                    SEND    | not connected    | -
                    SEND    | closed           | -
                    SEND    | end of file      | -
                    SEND    | not yet          | -
                    SEND    | timed out        | send: io error: Connection timed out (os error 110)
                    RECEIVE | timed out        | receive: io error: Connection timed out (os error 110)
                    RECEIVE | aborted          | receive: io error: Software caused connection abort (os error 103)
                    SEND    | unexpected       | send: io error: IllegalStateException
                    SEND    | stream NO_ERROR  | -
                    SEND    | stream CANCEL    | -
                    SEND    | stream CLOSED    | -
                    SEND    | stream INTERNAL  | send: io error: stream was reset: INTERNAL_ERROR
                    RECEIVE | stream INTERNAL  | receive: io error: stream was reset: INTERNAL_ERROR
                    RECEIVE | tunnel lost      | -
                    """)
    void reading(Way way, String cause, @Nullable String text) {
        RelayException error = RelayException.ofReading(way, cause(cause));
        assertThat(error == null ? null : error.getMessage()).isEqualTo(text);
    }

    @ParameterizedTest(name = "{0} {1}, unsent data: {2}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            textBlock =
                    """
                    SEND    | reset           | true  | -                    | -
                    SEND    | broken pipe     | true  | -                    | -
                    RECEIVE | not connected   | false | -                    | -
                    SEND    | timed out       | true  | SEND                 | send: io error: Connection timed out (os error 110)
                    SEND    | stream NO_ERROR | false | -                    | -
                    SEND    | stream NO_ERROR | true  | DESTINATION_DISCONNECTED | send: destination disconnected before all data was written
                    RECEIVE | stream NO_ERROR | true  | CLIENT_DISCONNECTED  | receive: client disconnected before all data was written
                    SEND    | stream CANCEL   | false | SHUTDOWN             | while closing connection: send: io error: broken pipe
                    RECEIVE | stream CLOSED   | false | SHUTDOWN             | while closing connection: receive: io error: broken pipe
                    SEND    | tunnel lost     | true  | SHUTDOWN             | while closing connection: send: io error: broken pipe
                    SEND    | stream INTERNAL | false | SHUTDOWN             | while closing connection: send: io error: stream was reset: INTERNAL_ERROR
                    """)
    void writing(
            Way way,
            String cause,
            boolean unsent,
            RelayException.@Nullable Code code,
            @Nullable String text) {
        RelayException error = RelayException.ofWriting(way, cause(cause), unsent);
        assertThat(error == null ? null : error.code()).isEqualTo(code);
        assertThat(error == null ? null : error.getMessage()).isEqualTo(text);
    }

    private static Throwable cause(String name) {
        return switch (name) {
            case "reset" -> SocketErrors.reset();
            case "broken pipe" -> SocketErrors.brokenPipe();
            case "not connected" -> SocketErrors.notConnected();
            case "timed out" -> SocketErrors.timedOut();
            case "aborted" -> SocketErrors.aborted();
            case "closed" -> new ClosedChannelException();
            case "end of file" -> new EOFException();
            case "not yet" -> new NotYetConnectedException();
            case "unexpected" -> new IllegalStateException();
            case "stream NO_ERROR" -> HboneException.reset(0, "stream was reset: NO_ERROR");
            case "stream INTERNAL" -> HboneException.reset(2, "stream was reset: INTERNAL_ERROR");
            case "stream CLOSED" -> HboneException.reset(5, "stream was reset: STREAM_CLOSED");
            case "stream CANCEL" -> HboneException.reset(8, "stream was reset: CANCEL");
            case "tunnel lost" ->
                    HboneException.of(HboneException.Code.HTTP2, "connection lost", null);
            default -> throw new AssertionError(name);
        };
    }
}
