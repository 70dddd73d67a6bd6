module exec-trace

go 1.24
