package io.ztunnel.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.StringWriter;

/** JSON in istioctl's spelling. */
class JsonTextTest {
    private static String json(String text) throws IOException {
        StringWriter out = new StringWriter();
        JsonText.write(Dump.readAll(ConfigRun.stream(text)), out);
        return out.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    <a>&       | \\u003ca\\u003e\\u0026
                    \\u2028    | \\u2028
                    \\u2029    | \\u2029
                    \\u001f    | \\u001f
                    \\u0000    | \\u0000
                    \\b\\f\\n\\r\\t | \\b\\f\\n\\r\\t
                    \\\\ \\"   | \\\\ \\"
                    /é€😀'     | /é€😀'
                    \\u007f    | \u007f
                    """)
    void charactersAreEscapedAsIstioctlDoes(String given, String shown) throws IOException {
        assertThat(json("{\"" + given + "\": \"" + given + "\"}"))
                .isEqualTo("{\n    \"" + shown + "\": \"" + shown + "\"\n}\n");
    }

    @Test
    void fourSpacesAndNothingInsideOfWhatIsEmpty() throws IOException {
        assertThat(json("{\"a\":[],\"b\":{},\"c\":[{\"d\":[1,null]},true],\"e\":-1.5}"))
                .isEqualTo(
                        """
                        {
                            "a": [],
                            "b": {},
                            "c": [
                                {
                                    "d": [
                                        1,
                                        null
                                    ]
                                },
                                true
                            ],
                            "e": -1.5
                        }
                        """);
    }
}
