// Command main asks, streams, inserts and fails through clickhouse-go over HTTP, as Grafana's data source does, and
// prints what it saw as JSON.
//
//	main ADDRESS DATABASE [none|lz4|zstd|gzip|deflate|br]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"reflect"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

type fault struct {
	Code    int32  `json:"code"`
	Message string `json:"message"`
}

type seen struct {
	Tables     []string `json:"tables"`
	Empty      []string `json:"empty"`
	Copied     int      `json:"copied"`
	Streamed   uint64   `json:"streamed"`
	Sum        uint64   `json:"sum"`
	Parameter  string   `json:"parameter"`
	Failed     fault    `json:"failed"`
	FailedLate fault    `json:"failed_late"`
	FailedRows fault    `json:"failed_rows"`
}

var methods = map[string]clickhouse.CompressionMethod{
	"none":    clickhouse.CompressionNone,
	"lz4":     clickhouse.CompressionLZ4,
	"zstd":    clickhouse.CompressionZSTD,
	"gzip":    clickhouse.CompressionGZIP,
	"deflate": clickhouse.CompressionDeflate,
	"br":      clickhouse.CompressionBrotli,
}

func main() {
	method := "none"
	if len(os.Args) > 3 {
		method = os.Args[3]
	}
	connection, err := clickhouse.Open(&clickhouse.Options{
		Protocol:    clickhouse.HTTP,
		Addr:        []string{os.Args[1]},
		Auth:        clickhouse.Auth{Database: os.Args[2], Username: "default"},
		Compression: &clickhouse.Compression{Method: methods[method], Level: 3},
	})
	must(err)
	defer connection.Close()
	ctx := context.Background()
	must(connection.Ping(ctx))
	result := seen{Tables: tables(ctx, connection), Empty: columns(ctx, connection), Copied: copyRows(ctx, connection)}
	result.Streamed, result.Sum, err = stream(ctx, connection, "SELECT number, toString(number) AS s FROM numbers(1000000)")
	must(err)
	asked := clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"name": "it's 한국어"}))
	must(connection.QueryRow(asked, "SELECT {name:String}").Scan(&result.Parameter))
	_, err = connection.Query(ctx, "SELECT * FROM nowhere")
	result.Failed = told(err)
	_, _, err = stream(ctx, connection, "SELECT number + throwIf(number = 900000), 'x' AS s FROM numbers(1000000)")
	result.FailedLate = told(err)
	result.FailedRows = told(connection.Exec(ctx, "INSERT INTO copied (id) SELECT toUInt32('x')"))
	must(json.NewEncoder(os.Stdout).Encode(result))
}

func tables(ctx context.Context, connection driver.Conn) []string {
	rows, err := connection.Query(ctx, "SHOW TABLES")
	must(err)
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		must(rows.Scan(&name))
		names = append(names, name)
	}
	must(rows.Err())
	return names
}

// columns returns the names of a result that has no rows.
func columns(ctx context.Context, connection driver.Conn) []string {
	rows, err := connection.Query(ctx, "SELECT * FROM kinds WHERE 0")
	must(err)
	defer rows.Close()
	return rows.Columns()
}

// copyRows reads every row of kinds in the driver's own types and inserts it into copied.
func copyRows(ctx context.Context, connection driver.Conn) int {
	rows, err := connection.Query(ctx, "SELECT * FROM kinds ORDER BY id")
	must(err)
	defer rows.Close()
	batch, err := connection.PrepareBatch(ctx, "INSERT INTO copied")
	must(err)
	copied := 0
	for rows.Next() {
		targets := make([]any, len(rows.ColumnTypes()))
		for index, column := range rows.ColumnTypes() {
			targets[index] = reflect.New(column.ScanType()).Interface()
		}
		must(rows.Scan(targets...))
		values := make([]any, len(targets))
		for index, target := range targets {
			values[index] = reflect.ValueOf(target).Elem().Interface()
		}
		must(batch.Append(values...))
		copied++
	}
	must(rows.Err())
	must(batch.Send())
	return copied
}

func stream(ctx context.Context, connection driver.Conn, query string) (count, sum uint64, err error) {
	rows, err := connection.Query(ctx, query)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var number uint64
		var text string
		if err := rows.Scan(&number, &text); err != nil {
			return count, sum, err
		}
		count++
		sum += number
	}
	return count, sum, rows.Err()
}

func told(err error) fault {
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		return fault{exception.Code, exception.Message}
	}
	if err != nil {
		return fault{-1, err.Error()}
	}
	return fault{}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
