import com.clickhouse.client.api.ServerException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;

/**
 * Asks, streams, inserts and fails through the ClickHouse JDBC driver, as DBeaver does, and prints what it saw as JSON.
 *
 * <p>java -cp clickhouse-jdbc-all.jar Client.java HOST:PORT DATABASE
 */
public class Client {
    private static final List<String> seen = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        String url = "jdbc:clickhouse://" + arguments[0] + "/" + arguments[1];
        Properties login = new Properties();
        login.setProperty("user", "default"); // and no password, for which the driver sends "null"
        try (Connection connection = DriverManager.getConnection(url, login)) {
            tell("tables", tables(connection.getMetaData(), arguments[1]));
            tell("empty", columns(connection));
            tell("copied", copyRows(connection));
            stream(connection);
            tell("parameter", parameter(connection, "it's\t한국어"));
            fails(connection, "failed", "SELECT * FROM nowhere");
            fails(connection, "failed_late", "SELECT number + throwIf(number = 900000) FROM numbers(1000000)");
            fails(connection, "failed_rows", "INSERT INTO copied (id) SELECT toUInt32('x')");
        }
        System.out.println("{" + String.join(", ", seen) + "}");
    }

    private static List<String> tables(DatabaseMetaData about, String database) throws SQLException {
        List<String> names = new ArrayList<>();
        try (ResultSet rows = about.getTables(null, database, "%", new String[] {"TABLE"})) {
            while (rows.next()) names.add(rows.getString("TABLE_NAME"));
        }
        return names;
    }

    private static List<String> columns(Connection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM kinds WHERE 0")) {
            ResultSetMetaData about = rows.getMetaData();
            for (int index = 1; index <= about.getColumnCount(); index++) names.add(about.getColumnName(index));
        }
        return names;
    }

    /** Reads every row of kinds in the driver's own types and inserts it into copied, as far as the driver can write. */
    private static int copyRows(Connection connection) throws SQLException {
        int copied = 0;
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * EXCEPT (said, scores, place) FROM kinds ORDER BY id")) {
            int width = rows.getMetaData().getColumnCount();
            List<String> names = new ArrayList<>();
            for (int index = 1; index <= width; index++) names.add(rows.getMetaData().getColumnName(index));
            String marks = String.join(", ", Collections.nCopies(width, "?"));
            String statementText = "INSERT INTO copied (" + String.join(", ", names) + ") VALUES (" + marks + ")";
            try (PreparedStatement insert = connection.prepareStatement(statementText)) {
                while (rows.next()) {
                    for (int index = 1; index <= width; index++) insert.setObject(index, rows.getObject(index));
                    insert.addBatch();
                    copied++;
                }
                insert.executeBatch();
            }
        }
        return copied;
    }

    private static void stream(Connection connection) throws SQLException {
        long count = 0;
        long sum = 0;
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT number, toString(number) FROM numbers(1000000)")) {
            while (rows.next()) {
                count++;
                sum += Long.parseLong(rows.getString(2));
            }
        }
        tell("streamed", count);
        tell("sum", sum);
    }

    private static String parameter(Connection connection, String text) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT ?")) {
            statement.setString(1, text);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }

    private static void fails(Connection connection, String name, String query) {
        int code = 0;
        String message = "";
        try (Statement statement = connection.createStatement()) {
            if (statement.execute(query)) {
                ResultSet rows = statement.getResultSet();
                while (rows.next()) rows.getLong(1);
            }
        } catch (SQLException fault) {
            if (fault.getCause() instanceof ServerException cause) code = cause.getCode(); // getErrorCode is always 0
            message = fault.getMessage();
        } catch (RuntimeException fault) {
            code = -1;
            message = String.valueOf(fault);
        }
        seen.add(quoted(name) + ": {\"code\": " + code + ", \"message\": " + quoted(message) + "}");
    }

    private static void tell(String name, Object value) {
        String text = value instanceof Number ? String.valueOf(value) : quoted(String.valueOf(value));
        if (value instanceof List<?> list) {
            text = list.stream().map(one -> quoted(String.valueOf(one))).toList().toString();
        }
        seen.add(quoted(name) + ": " + text);
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char letter : text.toCharArray()) {
            boolean isPlain = letter >= ' ' && letter != '"' && letter != '\\';
            quoted.append(isPlain ? String.valueOf(letter) : String.format("\\u%04x", (int) letter));
        }
        return quoted.append('"').toString();
    }
}
